import type { SlotReport, WireError } from '../../protocol/index.js';
import type { SlotOffer } from '../audio/index.js';

export interface Metre {
  readonly numerator: number;
  readonly denominator: number;
}

export interface SlotTarget {
  /** Id, short id or name of a bridge. */
  readonly bridge: string;
  /** 0 … 15, or the first slot that is empty and not promised to another run. */
  readonly slot: number | 'next-free';
}

/** The main job: prompt → clip in the library → slot of a bridge. */
export interface GenerateJob {
  readonly prompt: string;
  /** Chosen at random where it is absent, and then part of the run: a resumed run makes the same clip. */
  readonly seed?: number | undefined;
  /** Default: the target bridge's rate, else the configured one. */
  readonly sampleRate?: number | undefined;
  readonly tempoBpm?: number | undefined;
  readonly bars?: number | undefined;
  readonly metre?: Metre | undefined;
  readonly key?: string | undefined;
  readonly target?: SlotTarget | undefined;
  /** What happens when the bridge is not connected at delivery: wait for it (default), or leave the clip in the library. */
  readonly whenBridgeAbsent?: 'wait' | 'library-only' | undefined;
  /** The same key names the same run: a request that is sent twice runs once. */
  readonly requestKey?: string | undefined;
}

export const OPEN_RUN_STATES = ['queued', 'running', 'waiting-for-bridge'] as const;
export const ENDED_RUN_STATES = ['done', 'library-only', 'failed', 'cancelled'] as const;
export const RUN_STATES = [...OPEN_RUN_STATES, ...ENDED_RUN_STATES] as const;
export type RunState = (typeof RUN_STATES)[number];

export const STEPS = ['generate', 'file', 'deliver'] as const;
export type StepName = (typeof STEPS)[number];

export interface StepTiming {
  readonly step: StepName;
  readonly milliseconds: number;
}

export interface RunRecord {
  readonly runId: string;
  readonly state: RunState;
  /** The step that runs or comes next; null when the run has ended. */
  readonly step: StepName | null;
  readonly prompt: string;
  readonly seed: number;
  readonly bridgeId: string | null;
  readonly slot: number | null;
  /** 0 … 1 of the whole run, with a word on what happens now. */
  readonly fraction: number;
  readonly stage: string;
  readonly clipHash: string | null;
  readonly clipPath: string | null;
  /** What the generator said about the clip, one sentence each; empty until there is one. */
  readonly explanation: readonly string[];
  /** How often the run was taken up again after an interruption. */
  readonly resumptions: number;
  readonly submittedAtMs: number;
  readonly endedAtMs: number | null;
  readonly error: WireError | null;
  readonly timings: readonly StepTiming[];
}

export interface RunHandle {
  readonly runId: string;
  /** Resolves when the run has ended as `done` or `library-only`; rejects with its error when it failed or was cancelled. */
  readonly finished: Promise<RunRecord>;
  /** As `finished`, but resolves also when the clip is filed and waits for its bridge. */
  readonly settled: Promise<RunRecord>;
}

export interface RunEvent {
  /** `progress` repeats the state with a new fraction or stage. */
  readonly kind: 'state' | 'progress';
  readonly run: RunRecord;
}

export interface SubmitOptions {
  /** Cancels the run. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunStatistics {
  readonly queued: number;
  readonly running: number;
  readonly waitingForBridge: number;
  readonly maximumWaitingRuns: number;
  /** Over the finished runs that are kept: median and 99th percentile of each step's time. */
  readonly stepTimes: readonly { step: StepName; count: number; p50Ms: number; p99Ms: number }[];
}

/** Runs the main job; every state change is journalled before it is acted on. */
export interface Workflow {
  /** Takes up the runs that an earlier process left open. Resolves when they are queued again. */
  start(): Promise<void>;
  /**
   * Accepts a job: when this returns, the run is in the journal and survives `kill -9`.
   * Throws GRYM_BUSY, GRYM_BRIDGE_UNKNOWN, GRYM_SLOT_INVALID, GRYM_LIBRARY_UNWRITABLE, GRYM_CANCELLED or GRYM_SHUTTING_DOWN.
   */
  submit(job: GenerateJob, options?: SubmitOptions): RunHandle;
  /** Ends a run that has not ended; false where it has already. Throws GRYM_RUN_UNKNOWN. */
  cancel(runId: string): boolean;
  /** Throws GRYM_RUN_UNKNOWN. */
  get(runId: string): RunRecord;
  /** Newest first. */
  list(filter?: { state?: RunState | 'open' | undefined; limit?: number | undefined }): RunRecord[];
  statistics(): RunStatistics;
  onEvent(listener: (event: RunEvent) => void): () => void;
  /** Stops at the next safe point; open runs stay in the journal for the next start. */
  dispose(): Promise<void>;
}

export interface SlotChange {
  readonly bridgeId: string;
  readonly slot: number;
  /** null = emptied. */
  readonly hash: string | null;
  readonly revision: number;
}

/** What the daemon put into the slots of the bridges, with one rising revision per bridge. */
export interface SlotKeeper {
  /** Journals the change, has the bridge load the clip, journals the outcome. Errors as BridgeDirectory.loadSlot. */
  load(bridgeId: string, slot: number, hash: string, signal: AbortSignal): Promise<SlotChange>;
  clear(bridgeId: string, slot: number, signal: AbortSignal): Promise<SlotChange>;
  /** To be called with every report of a bridge (on identify, update, slot-report), after the directory has taken it. */
  report(bridgeId: string, reports: readonly SlotReport[]): void;
  /** Clips that the journal holds for slots where the bridge, by its last report, has an older state. */
  offers(bridgeId: string): SlotOffer[];
  /** The first slot that is empty and not spoken for. Throws GRYM_SLOTS_FULL. */
  nextFree(bridgeId: string): number;
}
