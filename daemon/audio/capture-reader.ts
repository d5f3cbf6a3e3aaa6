import { setImmediate as nextTurn } from 'node:timers/promises';
import { GrymError, throwIfCancelled, type Clock } from '../kernel/index.js';
import type { AttachedSegment, SegmentStatus, SegmentTransport } from './audio-path.js';
import type { BridgeDirectory } from './bridges.js';
import { barLineRange, tempoRange, type CaptureMetre, type PlannedFrames } from './capture-range.js';

/** The capture ring of one bridge. */
export interface CaptureSource {
  readonly bridgeName: string;
  readonly segment: Pick<AttachedSegment, 'name' | 'generation' | 'sampleRate' | 'captureFrames' | 'readCapture'>;
  status(): SegmentStatus;
}

/** Implemented by surfaces/bridge. */
export interface CaptureSources {
  /** Throws GRYM_BRIDGE_UNKNOWN, GRYM_BRIDGE_ABSENT or GRYM_CAPTURE_OFF. */
  captureOf(bridgeId: string): CaptureSource;
}

/** What to take of the newest that a bridge has heard. */
export interface CaptureOrder {
  /** Id, short id or name. */
  readonly bridge: string;
  readonly length: { readonly bars: number } | { readonly seconds: number };
  /** Counts where the host tells none. */
  readonly tempoBpm: number | null;
  readonly metre: CaptureMetre | null;
  /** What happens where less was captured than is asked for. */
  readonly whenShort: 'refuse' | 'take';
}

/** Which frames of which segment are meant: JSON, so that it can be journalled and read again after a restart. */
export interface CaptureRange {
  readonly bridgeId: string;
  readonly bridgeName: string;
  readonly segment: string;
  readonly generation: number;
  readonly sampleRate: number;
  readonly startFrame: number;
  readonly frames: number;
  readonly tempoBpm: number;
  /** Whether the host said the tempo; else it was given or assumed, as `notes` say. */
  readonly tempoOfHost: boolean;
  readonly numerator: number;
  readonly denominator: number;
  /** Null for a length in seconds. */
  readonly bars: number | null;
  /** It begins and ends on bar lines of the host's transport. */
  readonly aligned: boolean;
  /** Anything about it that is less or other than asked for, one sentence each. */
  readonly notes: readonly string[];
}

export interface CapturedAudio {
  /** Interleaved stereo. */
  readonly samples: Float32Array;
  /** Highest sample, linear. */
  readonly peak: number;
  /** Infinities and NaN, which were made 0. */
  readonly brokenSamples: number;
}

/** At 48 kHz one second: short enough to let other work in between. */
const CHUNK_FRAMES = 48_000;
const POLL_MS = 10;
/** Over the time in which the frames to come should have come. */
const STALL_MS = 1_500;

/** Takes audio out of the capture rings of bridges. */
export class CaptureReader {
  constructor(
    private readonly directory: Pick<BridgeDirectory, 'resolve'>,
    private readonly sources: CaptureSources,
    private readonly clock: Clock,
  ) {}

  /**
   * Fixes which frames are meant by "the last bars", now. Throws GRYM_BRIDGE_UNKNOWN, GRYM_BRIDGE_AMBIGUOUS, GRYM_BRIDGE_ABSENT,
   * GRYM_CAPTURE_OFF or GRYM_CAPTURE_SHORT.
   */
  plan(order: CaptureOrder): CaptureRange {
    const { bridgeId } = this.directory.resolve(order.bridge);
    const source = this.sources.captureOf(bridgeId);
    const { segment, bridgeName } = source;
    if (segment.captureFrames === 0) throw new GrymError('GRYM_CAPTURE_OFF', { bridge: bridgeName, reason: 'its plugin captures nothing' });
    const status = source.status();
    const notes: string[] = [];
    const tempoBpm = tempoOf(order, status.transport, notes);
    const metre = status.transport?.musical ?? order.metre ?? { numerator: 4, denominator: 4 };
    const available = { begin: status.captureBegin, end: status.captureEnd, sampleRate: segment.sampleRate };
    const musical = rollingPosition(status.transport);
    const { length, whenShort } = order;
    const planned: PlannedFrames =
      'bars' in length && musical !== null
        ? barLineRange(available, { ...musical, loop: status.transport?.loop ?? null }, length.bars, whenShort === 'take')
        : tempoRange(available, length, { tempoBpm, metre, mayShorten: whenShort === 'take' });
    if (planned.kind === 'short') {
      const { wantedSeconds, availableSeconds } = planned;
      throw new GrymError('GRYM_CAPTURE_SHORT', {
        bridge: bridgeName,
        wanted: wantedSeconds.toFixed(1),
        available: availableSeconds.toFixed(1),
      });
    }
    const aligned = 'bars' in length && musical !== null;
    if ('bars' in length && !aligned)
      notes.push('The host does not roll, so the take ends at the moment of the request, not on a bar line.');
    return {
      ...{ bridgeId, bridgeName, segment: segment.name, generation: segment.generation, sampleRate: segment.sampleRate },
      ...{ startFrame: planned.startFrame, frames: planned.frames, bars: planned.bars, tempoBpm, aligned },
      tempoOfHost: Boolean(status.transport?.musical),
      ...{ numerator: metre.numerator, denominator: metre.denominator },
      notes: [...notes, ...planned.notes],
    };
  }

  /**
   * The frames of the range; waits for those that are still to come. Throws GRYM_CAPTURE_GONE where they have been overwritten or
   * their segment is no more, GRYM_CAPTURE_STALLED where they do not come, GRYM_CAPTURE_UNREADABLE, GRYM_BRIDGE_ABSENT, GRYM_CANCELLED.
   */
  async read(range: CaptureRange, signal: AbortSignal, onProgress: (fraction: number) => void): Promise<CapturedAudio> {
    const samples = new Float32Array(range.frames * 2);
    const end = range.startFrame + range.frames;
    const missing = Math.max(0, end - this.#sourceOf(range).status().captureEnd);
    const patienceEndsMs = this.clock.monotonicMs() + (missing / range.sampleRate) * 1_000 + STALL_MS;
    for (let frame = range.startFrame; frame < end;) {
      throwIfCancelled(signal, `the capture of ${range.bridgeName}`);
      const source = this.#sourceOf(range);
      // The oldest first: those are the next to be overwritten. What is there already is read while the rest is waited for.
      const ready = Math.min(end, Math.max(frame + 1, source.status().captureEnd));
      const frames = Math.min(CHUNK_FRAMES, ready - frame);
      const read = source.segment.readCapture(frame, frames);
      if (typeof read !== 'string') {
        samples.set(read, (frame - range.startFrame) * 2);
        frame += frames;
        onProgress((frame - range.startFrame) / range.frames);
        await nextTurn();
      } else if (read !== 'not-yet') {
        throw failure(read, range);
      } else if (this.clock.monotonicMs() >= patienceEndsMs) {
        throw new GrymError('GRYM_CAPTURE_STALLED', { bridge: range.bridgeName, missing: end - frame });
      } else {
        await this.clock.sleep(POLL_MS, signal);
      }
    }
    return { samples, ...mend(samples) };
  }

  #sourceOf(range: CaptureRange): CaptureSource {
    const source = this.sources.captureOf(range.bridgeId);
    const { name, generation } = source.segment;
    if (name !== range.segment || generation !== range.generation) {
      throw gone(range, 'its plugin has started a new capture since, as it does for another sample rate or when it is loaded again');
    }
    return source;
  }
}

function gone(range: CaptureRange, reason: string): GrymError {
  return new GrymError('GRYM_CAPTURE_GONE', { bridge: range.bridgeName, reason });
}

function failure(reason: 'overwritten' | 'no-capture' | 'inconsistent' | 'malformed', range: CaptureRange): GrymError {
  switch (reason) {
    case 'overwritten':
      return gone(range, 'newer audio has been written over it');
    case 'no-capture':
      return new GrymError('GRYM_CAPTURE_OFF', { bridge: range.bridgeName, reason: 'its plugin captures nothing' });
    case 'inconsistent':
    case 'malformed':
      return new GrymError('GRYM_CAPTURE_UNREADABLE', { bridge: range.bridgeName, reason });
  }
}

/** Only a rolling transport says where the bar lines lie in what was captured. */
function rollingPosition(transport: SegmentTransport | null): (NonNullable<SegmentTransport['musical']> & { frame: number }) | null {
  if (transport === null || !transport.playing || transport.musical === null) return null;
  return { ...transport.musical, frame: transport.frame };
}

function tempoOf(order: CaptureOrder, transport: SegmentTransport | null, notes: string[]): number {
  if (transport?.musical) return transport.musical.tempoBpm;
  if (order.tempoBpm !== null) {
    notes.push(`The host tells no tempo; ${order.tempoBpm} bpm was taken, as given.`);
    return order.tempoBpm;
  }
  notes.push('The host tells no tempo and none was given: 120 bpm was assumed.');
  return 120;
}

function mend(samples: Float32Array): { peak: number; brokenSamples: number } {
  let peak = 0;
  let brokenSamples = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const level = Math.abs(samples[index] ?? 0);
    if (level > peak && Number.isFinite(level)) peak = level;
    if (Number.isFinite(level)) continue;
    samples[index] = 0;
    brokenSamples += 1;
  }
  return { peak, brokenSamples };
}
