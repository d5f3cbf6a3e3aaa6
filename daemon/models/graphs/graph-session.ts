import type { Tensors } from '../hosts/tensor.js';

/** One ONNX graph that is ready to run, here or on another machine. */
export interface GraphSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * All outputs. Blocks this thread where the graph is computed in this process: only model hosts call it. A run on another machine is
   * given up when the signal fires.
   */
  run(feeds: Tensors, signal?: AbortSignal): Promise<Tensors>;
  release(): Promise<void>;
}

export interface GraphOptions {
  readonly threads: number;
  /** Base address of the model on an Open Inference Protocol v2 server (`http://host:8000/v2/models/unet`); undefined: computed here. */
  readonly remote?: string | undefined;
}

/** Throws GRYM_MODEL_FOLDER_INVALID where the file is missing or is no graph. */
export type OpenGraphSession = (file: string, options: GraphOptions) => Promise<GraphSession>;
