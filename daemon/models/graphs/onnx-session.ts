// Loads onnxruntime, whose runs block the thread that calls them: only model hosts import this file.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { GrymError, messageOf } from '../../kernel/index.js';
import { TENSOR_TYPES, type Tensor, type Tensors, type TensorType } from '../hosts/tensor.js';
import type { GraphSession, OpenGraphSession } from './graph-session.js';

/** "unet/model.onnx": what a message calls the file. */
const shortName = (file: string): string => join(basename(dirname(file)), basename(file));

function toOrt(tensor: Tensor): OrtTensor {
  const shape = [...tensor.shape];
  switch (tensor.type) {
    case 'float32':
      return new OrtTensor('float32', tensor.data, shape);
    case 'float64':
      return new OrtTensor('float64', tensor.data, shape);
    case 'int32':
      return new OrtTensor('int32', tensor.data, shape);
    case 'int64':
      return new OrtTensor('int64', tensor.data, shape);
    case 'uint8':
      return new OrtTensor('uint8', tensor.data, shape);
  }
}

const isTensorType = (type: string): type is TensorType => (TENSOR_TYPES as readonly string[]).includes(type);

function fromOrt(graph: string, name: string, { type, dims, data }: OrtTensor): Tensor {
  if (!isTensorType(type)) {
    throw new GrymError('GRYM_MODEL_FAULT', { model: graph, reason: `its output ${name} is of the type ${type}, which is not used here` });
  }
  // The type names that of the data.
  return { type, shape: [...dims], data } as Tensor;
}

class OnnxSession implements GraphSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly name: string,
    private readonly session: InferenceSession,
  ) {
    this.inputNames = [...session.inputNames];
    this.outputNames = [...session.outputNames];
  }

  async run(feeds: Tensors): Promise<Tensors> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]));
    let outputs: InferenceSession.OnnxValueMapType;
    try {
      outputs = await this.session.run(inputs);
    } catch (error) {
      throw new GrymError('GRYM_MODEL_FAULT', { model: this.name, reason: messageOf(error) }, { cause: error });
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(this.name, name, tensor)]));
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/**
 * On this machine's processor. Threads that wait do not spin: the cores belong to the DAW. One run at a time computes with
 * `options.threads` threads, the calling one included.
 */
export const openOnnxSession: OpenGraphSession = async (file, options) => {
  if (!existsSync(file)) throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: file, reason: `the file ${shortName(file)} is missing` });
  try {
    const session = await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Errors only: warnings would mix with the host's own messages.
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
    return new OnnxSession(shortName(file), session);
  } catch (error) {
    const reason = `the file ${shortName(file)} is no graph that can be loaded: ${messageOf(error)}`;
    throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: file, reason }, { cause: error });
  }
};
