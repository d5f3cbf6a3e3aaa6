import type { BridgeFacts, ClipReference, SlotReport } from '../../protocol/index.js';

/** When a slot is to start or to stop. `slot-quantise` follows the slot's own setting in the plugin. */
export type LaunchWhen =
  | { readonly kind: 'slot-quantise' }
  | { readonly kind: 'now' }
  | { readonly kind: 'beat' }
  /** At the next line of 1 … 64 bars. */
  | { readonly kind: 'bars'; readonly bars: number }
  /** At an absolute position in quarter notes from the project's start; stays armed over locates. */
  | { readonly kind: 'song-position'; readonly songQuarters: number };

export interface BridgeTransport {
  readonly playing: boolean;
  readonly songQuarters: number;
  readonly tempoBpm: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** `paused`: silent while the transport stands, resumes in phase. `unknown`: the slot was filled before this daemon met the bridge, and nothing has been heard of it since. */
export type SlotPlayback = 'stopped' | 'armed' | 'playing' | 'paused' | 'unknown';

export interface BridgeSlot {
  readonly slot: number;
  readonly state: SlotReport['state'];
  readonly hash: string | null;
  readonly clipName: string | null;
  readonly playback: SlotPlayback;
  /** Sounds cut or padded to its beats, because the host's tempo is not the clip's. */
  readonly offTempo: boolean;
  /** Revision of the change that put the slot into this state; 0 = from the project. */
  readonly revision: number;
  readonly problem: string | null;
}

/** A newer clip than the one that the project holds; the user may take it by the action `load`. */
export interface SlotOffer {
  readonly slot: number;
  readonly hash: string;
}

export interface BridgeInfo {
  readonly bridgeId: string;
  /** For the user: the track's name, else the host's, else the short id. */
  readonly name: string;
  readonly host: string;
  readonly track: string;
  readonly format: BridgeFacts['pluginFormat'];
  readonly connected: boolean;
  readonly sampleRate: number;
  readonly maximumBlock: number;
  readonly transport: BridgeTransport | null;
  readonly slots: readonly BridgeSlot[];
  /** Name of the attached audio segment; null where there is none. */
  readonly segment: string | null;
  readonly segmentProblem: string | null;
  readonly lateCalls: number;
  readonly reconnects: number;
  readonly offers: readonly SlotOffer[];
}

/**
 * What the plugin has said about a launch soon after it was sent. `not-confirmed`: nothing, as when the host processes no audio;
 * the command waits in the ring until it does.
 */
export const LAUNCH_OUTCOMES = ['launched', 'armed', 'not-confirmed'] as const;
export type LaunchOutcome = (typeof LAUNCH_OUTCOMES)[number];

/** `taken`: the plugin has the command; what sounds ends at the line it is to end at. */
export const STOP_OUTCOMES = ['stopped', 'taken', 'not-confirmed'] as const;
export type StopOutcome = (typeof STOP_OUTCOMES)[number];

/** The bridges there are, as the rest of the daemon sees them. Implemented by surfaces/bridge. */
export interface BridgeDirectory {
  list(): BridgeInfo[];
  /** By id, short id (≥ 4 characters) or name. Throws GRYM_BRIDGE_UNKNOWN with the names there are. */
  resolve(nameOrId: string): BridgeInfo;
  /**
   * Resolves on the bridge's `ready` report for this revision. Rejects with GRYM_BRIDGE_ABSENT, GRYM_SLOT_FAILED,
   * GRYM_DEADLINE_EXCEEDED or GRYM_CANCELLED. Sending the same revision again is harmless.
   */
  loadSlot(bridgeId: string, slot: number, clip: ClipReference, revision: number, signal: AbortSignal): Promise<void>;
  /** Resolves on the bridge's `empty` report for this revision; rejects as `loadSlot` does. */
  clearSlot(bridgeId: string, slot: number, revision: number, signal: AbortSignal): Promise<void>;
  /**
   * Resolves with what the plugin says to it, soon in any case. Rejects with GRYM_SLOT_EMPTY, GRYM_NO_MUSICAL_POSITION,
   * GRYM_COMMAND_REFUSED, GRYM_BRIDGE_ABSENT, GRYM_BRIDGE_WITHOUT_SEGMENT or GRYM_BRIDGE_NOT_PROCESSING.
   */
  launch(bridgeId: string, slot: number, when: LaunchWhen): Promise<LaunchOutcome>;
  /** Rejects as `launch` does. */
  stop(bridgeId: string, slot: number | 'all', when: LaunchWhen): Promise<StopOutcome>;
  /** Called after a bridge has identified itself and can be sent to. Returns the way to stop listening. */
  onConnected(listener: (bridgeId: string) => void): () => void;
}
