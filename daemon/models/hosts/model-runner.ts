import type { JsonObject, JsonValue } from '../../kernel/index.js';
import type { Tensors } from './tensor.js';

/** Kinds of models; each has one runner, which is loaded inside a model host only. */
export const RUNNER_KINDS = ['audioldm', 'wav2vec2', 'clap', 'llama'] as const;
export type RunnerKind = (typeof RUNNER_KINDS)[number];

/** What a model is loaded with. */
export interface RunnerSettings {
  /** Folder of an installed model, or the path of its one file (GGUF). */
  readonly path: string;
  /** Threads that inference may take, at least 1. */
  readonly threads: number;
  /** Graphs that another machine computes: base address of an Open Inference Protocol v2 model by the graph's name ("unet"). */
  readonly remoteGraphs: Readonly<Record<string, string>>;
}

export interface RunnerIo {
  /** Fires as soon as the runner's thread is free to look: check it between two computations. Its reason is a GrymError. */
  readonly signal: AbortSignal;
  /** 0 … 1 of this task, with a word on what happens now. */
  readonly progress: (fraction: number, stage: string) => void;
  /** Parts of the result as they come, such as words that are thought. */
  readonly emit: (event: JsonObject) => void;
}

export interface RunnerReply {
  readonly result: JsonValue;
  readonly tensors: Tensors;
}

/**
 * One loaded model. Does one task at a time. Between two computations it lets the event loop turn (`setImmediate`), so that it hears
 * of cancelling. Every runner knows the task `probe`: it runs the model once, small, and answers { works: string[] }, one sentence for each
 * part that works.
 */
export interface ModelRunner {
  /** Tasks and their parameters are checked here: throws GRYM_MODEL_TASK_INVALID, and GRYM_MODEL_FAULT where the model fails. */
  run(task: string, params: JsonObject, tensors: Tensors, io: RunnerIo): Promise<RunnerReply>;
  dispose(): Promise<void>;
}

/** What the file of a runner exports. Throws GRYM_MODEL_FOLDER_INVALID, naming the file, where the model cannot be loaded. */
export interface RunnerModule {
  readonly load: (settings: RunnerSettings) => Promise<ModelRunner>;
}
