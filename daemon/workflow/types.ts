import type { SlotReport, WireError } from '../../protocol/index.js';
import type { SlotOffer } from '../audio/index.js';
import type { JsonObject, JsonValue } from '../kernel/index.js';
import type { DecisionOption } from './catalogue/step-definition.js';
import type { CompiledWorkflow, InputDeclaration } from './definition/index.js';
import type { NextCommand, TriedEntry } from './execution/index.js';

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

export const OPEN_RUN_STATES = ['queued', 'running', 'waiting-for-bridge', 'waiting-for-decision'] as const;
export const ENDED_RUN_STATES = ['done', 'library-only', 'failed', 'cancelled'] as const;
export const RUN_STATES = [...OPEN_RUN_STATES, ...ENDED_RUN_STATES] as const;
export type RunState = (typeof RUN_STATES)[number];

export const STEP_STATES = ['queued', 'running', 'waiting', 'done', 'failed', 'skipped', 'cancelled'] as const;
export type StepState = (typeof STEP_STATES)[number];

export const WHEN_STUCK = ['fail', 'ask'] as const;
export type WhenStuck = (typeof WHEN_STUCK)[number];

/** What is asked of a workflow of the library, or of one that is handed in. */
export interface RunRequest {
  /** Name in the library, or the text of a document (YAML). */
  readonly workflow: string | { readonly text: string; readonly fileName: string };
  readonly inputs: JsonObject;
  /** Id, short id or name of the bridge that the run is for: its host's facts, its share of the queue, the workflow's input `bridge`. */
  readonly bridge?: string | undefined;
  /** −100 … 100, higher first. Default 0. */
  readonly priority?: number | undefined;
  /** Wall clock. A run that has not ended by then fails with GRYM_RUN_DEADLINE: on time or not at all. */
  readonly deadlineAtMs?: number | undefined;
  /** What happens when neither retries nor another provider help a step: the run fails (default), or waits for a person's decision. */
  readonly whenStuck?: WhenStuck | undefined;
  /** Chosen at random where it is absent, and then part of the run. */
  readonly seed?: number | undefined;
  /** The same key names the same run. */
  readonly requestKey?: string | undefined;
}

export interface RerunRequest {
  readonly runId: string;
  /** Path of the step to run again (`candidates[1]/fit`); all that comes after it in the graph follows. */
  readonly from: string;
  /** Instead of the run's own; those that are not named stay. */
  readonly inputs?: JsonObject | undefined;
  /** Instead of what the workflow and the rules give the step `from`; those that are not named stay, null leaves one open. */
  readonly params?: JsonObject | undefined;
  readonly requestKey?: string | undefined;
}

/** Parameters that a re-run set for steps, by the path of the step; they count before what workflow and rules give. */
export type RunEdits = Readonly<Record<string, JsonObject>>;

export interface StepTiming {
  /** Path of the step in the run; for the library's `generate` these are `generate` and `deliver`. */
  readonly step: string;
  readonly milliseconds: number;
}

/** What an open run waits for, holding neither threads nor memory. */
export type RunWait =
  | {
      readonly kind: 'decision';
      readonly path: string;
      readonly question: string;
      readonly options: readonly DecisionOption[];
      readonly multiple: boolean;
      /** What the question is about, where a sentence does not say it. */
      readonly details?: string | undefined;
      /** The answer may carry a workflow document. */
      readonly takesDocument?: boolean | undefined;
    }
  | { readonly kind: 'bridge'; readonly path: string; readonly bridgeId: string }
  /** For a run that is part of this one. Its own state tells whether that run waits for somebody. */
  | { readonly kind: 'run'; readonly path: string; readonly runId: string };

/** Why a run failed or was cut short, for people. */
export interface RunProblem {
  /** What failed, where. */
  readonly what: string;
  /** What was tried, in order, one or two sentences each. */
  readonly tried: readonly string[];
  /** What can be done now, one command for each. */
  readonly next: readonly NextCommand[];
}

export interface RunRecord {
  readonly runId: string;
  /** Name of the workflow. */
  readonly workflow: string;
  readonly title: string;
  readonly state: RunState;
  /** Path of the step that runs, waits or comes next; null when the run has ended or nothing has begun. */
  readonly step: string | null;
  readonly inputs: JsonObject;
  /** Null until the run has ended well. */
  readonly outputs: JsonObject | null;
  /** Null where the workflow has no such input. */
  readonly prompt: string | null;
  readonly seed: number;
  readonly priority: number;
  readonly deadlineAtMs: number | null;
  /** The run whose results this one shares; null where it began anew. */
  readonly rerunOf: string | null;
  /** The run of which this one is a part: a step of that run carries it out; null where somebody asked for it. */
  readonly partOf: string | null;
  /** Set by this re-run or by one that it goes back to; empty for a run that began anew. */
  readonly edits: RunEdits;
  readonly bridgeId: string | null;
  readonly slot: number | null;
  /** 0 … 1 of the whole run, with a word on what happens now. */
  readonly fraction: number;
  readonly stage: string;
  /** The first of these where the run waits for several. */
  readonly waitingFor: RunWait | null;
  /** The clip that the run is about: its output `clip`, before the end the last one that a step made. */
  readonly clipHash: string | null;
  readonly clipPath: string | null;
  /** What the steps said about their results, one sentence each, in the order of the graph. */
  readonly explanation: readonly string[];
  /** What the run's result lacks, and steps that were left out, one sentence each. */
  readonly notes: readonly string[];
  /** How often the run was taken up again after an interruption. */
  readonly resumptions: number;
  /** Further attempts that its steps have taken, all together. */
  readonly retries: number;
  readonly submittedAtMs: number;
  readonly endedAtMs: number | null;
  readonly error: WireError | null;
  readonly problem: RunProblem | null;
  readonly timings: readonly StepTiming[];
}

/** One activation of a run, as the journal has it. */
export interface StepRecord {
  readonly path: string;
  /** Name in the step catalogue. */
  readonly step: string;
  readonly state: StepState;
  /** Starts, over all processes; 0 where the result came from the cache or another run. */
  readonly attempts: number;
  readonly milliseconds: number | null;
  /** The run (and path) whose result this is; null where the step ran here. */
  readonly cachedFrom: string | null;
  readonly provider: string | null;
  /** As the step got it, completed by defaults and by the rules of the context. */
  readonly input: JsonObject;
  readonly output: JsonValue;
  readonly waitingFor: RunWait | null;
  readonly error: WireError | null;
  readonly tried: readonly TriedEntry[];
  readonly note: string;
}

export interface RunDetail extends RunRecord {
  /** In the order of the graph; steps that have not begun are not there yet. */
  readonly steps: readonly StepRecord[];
}

export interface RunHandle {
  readonly runId: string;
  /** Resolves when the run has ended as `done` or `library-only`; rejects with its error when it failed or was cancelled. */
  readonly finished: Promise<RunRecord>;
  /** As `finished`, but resolves also when the run waits for a bridge or a decision. */
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
  readonly waitingForDecision: number;
  readonly maximumWaitingRuns: number;
  /** Of the latest 500 of each step that ran: median and 99th percentile of the time, by its name in the catalogue. */
  readonly stepTimes: readonly { step: string; count: number; p50Ms: number; p99Ms: number }[];
}

export interface QueueState {
  /** Nothing new starts; what runs goes on to the end of its step. Survives restarts. */
  readonly paused: boolean;
  readonly queuedRuns: number;
  /** Steps that wait for their turn, of all runs. */
  readonly queuedSteps: number;
  readonly runningSteps: number;
  readonly concurrentRuns: number;
  readonly maximumWaitingRuns: number;
}

export interface CacheStatistics {
  readonly entries: number;
  readonly bytes: number;
  readonly maximumBytes: number;
  /** Since the daemon started. */
  readonly hits: number;
  readonly misses: number;
  readonly evicted: number;
}

/** A workflow of the library, for lists and forms. */
export interface WorkflowSummary {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly origin: 'built-in' | 'user';
  readonly fileName: string;
  readonly inputs: { readonly [name: string]: InputDeclaration };
  /** Null where it can be run now; otherwise why not: mistakes of its file, or capabilities that are not there. */
  readonly problem: string | null;
}

/** All that a run was and did, enough to check that a later release reads the same graph from it. */
export interface RunHistory {
  readonly format: 1;
  readonly release: string;
  readonly runId: string;
  readonly workflow: string;
  readonly definition: CompiledWorkflow;
  readonly inputs: JsonObject;
  readonly seed: number;
  readonly bridgeId: string | null;
  /** In the order of the graph. */
  readonly activations: readonly HistoryActivation[];
  readonly end: { readonly state: RunState; readonly outputs: JsonObject | null; readonly error: WireError | null };
  /** The run's items, without times. */
  readonly context: JsonValue;
}

export interface HistoryActivation {
  readonly path: string;
  readonly position: string;
  readonly scope: string;
  readonly step: string;
  /** As the graph gave them. */
  readonly params: JsonObject;
  /** As the step got them. */
  readonly input: JsonObject;
  readonly state: StepState;
  readonly output: JsonValue;
  readonly items: readonly JsonObject[];
  readonly error: WireError | null;
  readonly note: string;
}

export interface RunListFilter {
  readonly state?: RunState | 'open' | undefined;
  readonly workflow?: string | undefined;
  /** Without the runs that are parts of others. */
  readonly onlyAskedFor?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** Runs workflows; every state change is journalled before it is acted on. */
export interface Workflow {
  /** Takes up the runs that an earlier process left open. Resolves when they are queued again. */
  start(): Promise<void>;
  /**
   * The built-in workflow `generate` for a prompt: a thin front of `run`. When this returns, the run is in the journal and
   * survives `kill -9`. Throws GRYM_BUSY, GRYM_BRIDGE_UNKNOWN, GRYM_SLOT_INVALID, GRYM_LIBRARY_UNWRITABLE, GRYM_CANCELLED or
   * GRYM_SHUTTING_DOWN.
   */
  submit(job: GenerateJob, options?: SubmitOptions): RunHandle;
  /**
   * Accepts a run. Throws as `submit` does, and GRYM_WORKFLOW_UNKNOWN, GRYM_WORKFLOW_INVALID, GRYM_WORKFLOW_INPUTS,
   * GRYM_CAPABILITY_UNAVAILABLE or GRYM_RUN_DEADLINE.
   */
  run(request: RunRequest, options?: SubmitOptions): RunHandle;
  /**
   * A new run of the same definition that shares all results before the step `from`. Throws as `run` does, and
   * GRYM_RUN_UNKNOWN, GRYM_STEP_UNKNOWN or GRYM_STEP_PARAMETERS.
   */
  rerun(request: RerunRequest, options?: SubmitOptions): RunHandle;
  /**
   * Answers a decision by the ids of options, with a workflow document where the question takes one; `path` may be left out where
   * the run waits for one only. Of a run that only waits for a run that is part of it the question of that one is answered. Throws
   * GRYM_RUN_UNKNOWN, GRYM_RUN_NOT_WAITING, GRYM_DECISION_INVALID, or GRYM_WORKFLOW_INVALID for the document.
   */
  decide(runId: string, path: string | undefined, answer: readonly string[], document?: string): RunRecord;
  /** Ends a run that has not ended, wherever it is, with the runs that are parts of it; false where it has already. Throws GRYM_RUN_UNKNOWN. */
  cancel(runId: string): boolean;
  /** Throws GRYM_RUN_UNKNOWN. */
  get(runId: string): RunRecord;
  /** Throws GRYM_RUN_UNKNOWN. */
  detail(runId: string): RunDetail;
  /** Throws GRYM_RUN_UNKNOWN, or GRYM_HISTORY_ABSENT for a run of a release that recorded none. */
  history(runId: string): RunHistory;
  /** Newest first. */
  list(filter?: RunListFilter): RunRecord[];
  /** The library, built-in and user's own, by name. */
  workflows(): WorkflowSummary[];
  /** Reads the folders of the library again. */
  reloadWorkflows(): void;
  pauseQueue(): QueueState;
  resumeQueue(): QueueState;
  queueState(): QueueState;
  cacheStatistics(): CacheStatistics;
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
