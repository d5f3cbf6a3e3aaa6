import { basename } from 'node:path';
import { GrymError } from '../../kernel/index.js';
import type { GraphSession, OpenGraphSession } from '../graphs/graph-session.js';
import type { RunnerSettings } from '../hosts/model-runner.js';
import type { FloatTensor, Tensors } from '../hosts/tensor.js';
import { invalidFolder } from '../hub-layout/model-folder.js';
import { framesOf, readWav2Vec2Folder, type Wav2Vec2Folder } from './layout.js';

const EPSILON = 1e-7;

/** What the input is normalised by. */
export interface Level {
  readonly mean: number;
  readonly variance: number;
}

/** Of a batch: [batch, frames, values] each; null where the graph does not have it. */
export interface Wav2Vec2Output {
  readonly frames: number;
  readonly hidden: FloatTensor | null;
  readonly logits: FloatTensor | null;
}

export function levelOf(samples: Float32Array): Level {
  let sum = 0;
  for (const value of samples) sum += value;
  const mean = sum / samples.length;
  let squares = 0;
  for (const value of samples) squares += (value - mean) ** 2;
  return { mean, variance: squares / samples.length };
}

/** (x − mean) ÷ √(variance + 1e-7), as transformers' feature extractor does. */
export function normalised(samples: Float32Array, { mean, variance }: Level): Float32Array {
  const scale = 1 / Math.sqrt(variance + EPSILON);
  return samples.map((value) => (value - mean) * scale);
}

/** One wav2vec2 that is loaded: its folder and its graph. */
export class Wav2Vec2Model {
  private constructor(
    readonly folder: Wav2Vec2Folder,
    private readonly session: GraphSession,
  ) {}

  static async open(settings: RunnerSettings, openGraph: OpenGraphSession): Promise<Wav2Vec2Model> {
    const remote = settings.remoteGraphs['model'];
    const folder = readWav2Vec2Folder(settings.path, remote !== undefined);
    const session = await openGraph(folder.graph, { threads: settings.threads, remote });
    const model = new Wav2Vec2Model(folder, session);
    const { inputNames, outputNames } = session;
    const isUsable =
      inputNames.includes('input_values') &&
      inputNames.every((name) => name === 'input_values' || name === 'attention_mask') &&
      (model.has('last_hidden_state') || model.has('logits'));
    if (isUsable) return model;
    await session.release();
    throw invalidFolder(
      folder.path,
      `${basename(folder.graph)} has the inputs ${inputNames.join(', ')} and the outputs ${outputNames.join(', ')}; ` +
        'expected were input_values (and attention_mask), and logits or last_hidden_state',
    );
  }

  /** Whether its graph has that output. */
  has(output: 'last_hidden_state' | 'logits'): boolean {
    return this.session.outputNames.includes(output);
  }

  /**
   * `values`: batch × samples, normalised, padded with 0 behind `lengths[n]` samples (undefined: all are valid). A graph that takes no mask
   * (group norm) hears the padding as silence, as in the reference. `signal`: as in GraphSession.
   */
  async run(
    values: Float32Array,
    batch: number,
    { lengths, signal }: { readonly lengths?: readonly number[]; readonly signal?: AbortSignal } = {},
  ): Promise<Wav2Vec2Output> {
    const samples = values.length / batch;
    const frames = framesOf(samples, this.folder);
    const shape = [batch, samples];
    const input: Tensors = { input_values: { type: 'float32', shape, data: values } };
    const mask = (): BigInt64Array => {
      const data = new BigInt64Array(values.length);
      for (let row = 0; row < batch; row += 1) data.fill(1n, row * samples, row * samples + (lengths?.[row] ?? samples));
      return data;
    };
    const feeds: Tensors = this.session.inputNames.includes('attention_mask')
      ? { ...input, attention_mask: { type: 'int64', shape, data: mask() } }
      : input;
    const outputs = await this.session.run(feeds, signal);
    const hidden = this.output(outputs, 'last_hidden_state', [batch, frames, this.folder.hiddenSize]);
    const logits = this.output(outputs, 'logits', [batch, frames, null]);
    return { frames, hidden, logits };
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private output(outputs: Tensors, name: 'last_hidden_state' | 'logits', shape: readonly (number | null)[]): FloatTensor | null {
    if (!this.has(name)) return null;
    const tensor = outputs[name];
    const fits = tensor?.shape.length === shape.length && shape.every((length, axis) => length === null || length === tensor.shape[axis]);
    if (tensor?.type === 'float32' && fits) return tensor;
    const found = tensor === undefined ? 'is missing' : `is ${tensor.type} [${tensor.shape.join(', ')}]`;
    const wanted = shape.map((length) => length ?? 'any').join(', ');
    throw new GrymError('GRYM_MODEL_FAULT', {
      model: basename(this.folder.path),
      reason: `its output ${name} ${found}, and float32 [${wanted}] was expected`,
    });
  }
}
