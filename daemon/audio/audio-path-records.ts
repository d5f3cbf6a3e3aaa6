import type { LaunchWhen } from './bridges.js';

/** When a command takes effect: as a launch asks for it, or at a frame of the capture counter. */
export type SegmentWhen = LaunchWhen | { readonly kind: 'frame'; readonly frame: number };

export type SegmentLaunchMode = 'trigger' | 'gate' | 'toggle';

/** What the daemon asks of a plugin. `id` (0 … 2⁵³ − 1) comes back in the events that the command leads to. */
export type SegmentCommand =
  | { readonly kind: 'launch' | 'stop'; readonly slot: number; readonly when: SegmentWhen; readonly id: number }
  | { readonly kind: 'stop-all'; readonly when: SegmentWhen; readonly id: number }
  | { readonly kind: 'gain'; readonly slot: number; readonly gainDb: number; readonly id: number }
  | { readonly kind: 'mode'; readonly slot: number; readonly mode: SegmentLaunchMode; readonly id: number };

interface EventPlace {
  /** 0 … 15; 0 where it does not apply. */
  readonly slot: number;
  /** Capture frame counter. */
  readonly frame: number;
  readonly songQuarters: number;
  /** The command that led to it, else 0. */
  readonly commandId: number;
}

export type SegmentEvent = EventPlace &
  (
    | { readonly kind: 'note'; readonly status: number; readonly key: number; readonly velocity: number }
    | { readonly kind: 'armed' | 'launched' | 'disarmed' | 'slot-ended' | 'paused' | 'resumed' }
    | { readonly kind: 'off-tempo'; readonly offTempo: boolean }
    | { readonly kind: 'macro-moved'; readonly macro: number; readonly value: number }
    | { readonly kind: 'late-call'; readonly milliseconds: number }
    | { readonly kind: 'refused'; readonly reason: SegmentRefusal }
  );

export type SegmentRefusal = 'malformed' | 'slot-empty' | 'no-musical-position' | 'unknown';

/** A record as the addon hands it over, its ranges checked there. */
export interface NativeEvent {
  readonly kind: SegmentEvent['kind'];
  readonly slot: number;
  readonly frame: number;
  readonly songQuarters: number;
  readonly value: number;
  readonly data0: number;
  readonly data1: number;
  readonly commandId: number;
}

/** A command as the addon takes it: the fields of the C++ record. */
export interface NativeCommand {
  readonly kind: number;
  readonly slot: number;
  readonly when: number;
  readonly quantiseBars: number;
  readonly songQuarters: number;
  readonly frame: number;
  readonly value: number;
  readonly id: number;
}

// The numbers are those of CommandKind, CommandWhen, LaunchMode and RefusalReason in protocol/segment/audio_segment.hpp.
const COMMAND_KINDS = { launch: 1, stop: 2, gain: 3, mode: 4, 'stop-all': 5 } as const;
const COMMAND_WHENS = { 'slot-quantise': 0, now: 1, beat: 2, bars: 3, 'song-position': 4, frame: 5 } as const;
const LAUNCH_MODES = { trigger: 0, gate: 1, toggle: 2 } as const;
const REFUSALS = ['malformed', 'slot-empty', 'no-musical-position'] as const;

export function toNativeCommand(command: SegmentCommand): NativeCommand {
  const when: SegmentWhen = 'when' in command ? command.when : { kind: 'now' };
  return {
    kind: COMMAND_KINDS[command.kind],
    slot: command.kind === 'stop-all' ? 0 : command.slot,
    when: COMMAND_WHENS[when.kind],
    quantiseBars: when.kind === 'bars' ? when.bars : 0,
    songQuarters: when.kind === 'song-position' ? when.songQuarters : 0,
    frame: when.kind === 'frame' ? when.frame : 0,
    value: command.kind === 'gain' ? command.gainDb : command.kind === 'mode' ? LAUNCH_MODES[command.mode] : 0,
    id: command.id,
  };
}

export function fromNativeEvent(event: NativeEvent): SegmentEvent {
  const { kind, slot, frame, songQuarters, commandId } = event;
  const place: EventPlace = { slot, frame, songQuarters, commandId };
  switch (kind) {
    case 'note':
      return { ...place, kind, status: event.data0 & 0xff, key: (event.data1 >>> 8) & 0x7f, velocity: event.data1 & 0x7f };
    case 'macro-moved':
      return { ...place, kind, macro: event.data0, value: event.value };
    case 'late-call':
      return { ...place, kind, milliseconds: event.value };
    case 'refused':
      return { ...place, kind, reason: REFUSALS[event.data0 - 1] ?? 'unknown' };
    case 'off-tempo':
      return { ...place, kind, offTempo: event.data0 !== 0 };
    default:
      return { ...place, kind };
  }
}
