import type { JsonObject, JsonValue } from '../../kernel/index.js';
import type { RunnerKind, RunnerSettings } from './model-runner.js';
import type { Tensors } from './tensor.js';

/** A model that hosts can load. */
export interface HostedModel {
  /** Name of the provider: `audioldm`, `clap`, … */
  readonly provider: string;
  /** Of the installed model, unique: `audioldm-s-full-v2`. */
  readonly modelId: string;
  /** Of the files' content: another one is loaded by hosts of its own. */
  readonly version?: string;
  readonly kind: RunnerKind;
  readonly settings: Omit<RunnerSettings, 'threads'>;
  /** What it takes while it is loaded; counted in the ledger, and a host that takes far more is ended. */
  readonly memoryBytes: number;
}

export interface ModelCall {
  readonly task: string;
  readonly params: JsonObject;
  readonly tensors?: Tensors;
  /** Completes "<what> did not finish within …": "generating with AudioLDM". */
  readonly what: string;
  /** Of the task itself, once the model is loaded and its turn has come. A host that is not done then is killed. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((fraction: number, stage: string) => void) | undefined;
  readonly onEvent?: ((event: JsonObject) => void) | undefined;
}

export interface ModelReply {
  readonly result: JsonValue;
  readonly tensors: Tensors;
  /** Once more after the host died under the task: 1; else 0. */
  readonly retries: number;
}

export const HOST_STATES = ['starting', 'loading', 'idle', 'busy', 'resting'] as const;
export type HostState = (typeof HOST_STATES)[number];

export interface HostView {
  readonly provider: string;
  readonly modelId: string;
  readonly state: HostState;
  readonly processId: number | null;
  readonly residentBytes: number;
  readonly threads: number;
  /** Since it began to be idle; 0 else. */
  readonly idleMs: number;
  readonly tasksDone: number;
  /** Deaths of hosts of this model since the daemon started. */
  readonly deaths: number;
  /** Empty where none. */
  readonly lastError: string;
}

/**
 * The supervised processes in which models run. A process is started for the first call, kept while it is used, and ended when it has been idle
 * for long or its memory is needed. One that dies under a task costs one retry; one that hangs is killed at the deadline.
 * Throws GRYM_MODEL_HOST_DIED, GRYM_MODEL_HOST_RESTING, GRYM_MODEL_MEMORY, GRYM_DEADLINE_EXCEEDED, GRYM_CANCELLED, GRYM_SHUTTING_DOWN, the
 * ledger's GRYM_RESOURCE_*, and what the runner throws.
 */
export interface ModelHosts {
  call(model: HostedModel, call: ModelCall): Promise<ModelReply>;
  /** Ends the hosts of a model, once their tasks are done. Throws GRYM_CANCELLED. */
  unload(modelId: string, signal?: AbortSignal): Promise<void>;
  /**
   * Ends the hosts of a model, once their tasks are done, and then does `work`, which removes or exchanges its files; calls wait until that
   * has ended, however it ended. The signal counts until `work` begins. Throws GRYM_CANCELLED, and what `work` throws.
   */
  whileUnloaded<Result>(modelId: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  views(): readonly HostView[];
  dispose(): Promise<void>;
}
