import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openGraph } from '../../daemon/models/graphs/graph-opener.js';
import { unitVector } from '../../daemon/models/signal/vectors.js';
import { likeliestClasses, runsOf, transcriptionOf } from '../../daemon/models/wav2vec2/ctc.js';
import { framesOf } from '../../daemon/models/wav2vec2/layout.js';
import { levelOf, normalised, Wav2Vec2Model, type Wav2Vec2Output } from '../../daemon/models/wav2vec2/model.js';
import { compare, type ParityCheck, type ParityRow } from './parity-check.js';
import type { Reference } from './reference.js';

const kindSchema = z.looseObject({ model_type: z.string() });
const factsSchema = z.looseObject({ ctc_text: z.union([z.string(), z.array(z.string())]).optional() });

/** A batch of audio: rows × samples, of which the first `lengths[n]` are valid. */
interface Batch {
  readonly rows: number;
  readonly samples: number;
  readonly lengths: readonly number[];
}

function batchOf(reference: Reference, tensor: string): Batch {
  const shape = reference.tensor(tensor).shape;
  const samples = shape.at(-1) ?? 0;
  const rows = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const mask = reference.has('attention_mask') ? reference.integers('attention_mask') : null;
  const lengths = Array.from({ length: rows }, (_, row) =>
    mask === null ? samples : mask.slice(row * samples, (row + 1) * samples).filter((value) => value === 1).length,
  );
  return { rows, samples, lengths };
}

/** Each row by the level of its valid samples; what is padded is 0. */
function inputValues(model: Wav2Vec2Model, waveform: Float32Array, { rows, samples, lengths }: Batch): Float32Array {
  const values = new Float32Array(rows * samples);
  for (let row = 0; row < rows; row += 1) {
    const valid = waveform.subarray(row * samples, row * samples + (lengths[row] ?? samples));
    values.set(model.folder.doNormalize ? normalised(valid, levelOf(valid)) : valid, row * samples);
  }
  return values;
}

/** Mean of the hidden states over each row's valid frames, with the length 1. */
function embeddings(model: Wav2Vec2Model, { frames, hidden }: Wav2Vec2Output, { rows, lengths }: Batch): Float32Array {
  const { hiddenSize } = model.folder;
  return Float32Array.from(
    Array.from({ length: rows }, (_, row) => {
      const valid = framesOf(lengths[row] ?? 0, model.folder);
      const sum = new Float64Array(hiddenSize);
      const from = row * frames * hiddenSize;
      for (let index = 0; index < valid * hiddenSize; index += 1)
        sum[index % hiddenSize] = (sum[index % hiddenSize] ?? 0) + (hidden?.data[from + index] ?? NaN);
      return [...unitVector(sum)];
    }).flat(),
  );
}

function textRows(
  model: Wav2Vec2Model,
  reference: Reference,
  classes: readonly number[],
  { rows, lengths }: Batch,
  frames: number,
): ParityRow[] {
  const { vocabulary, stride, sampleRate } = model.folder;
  const said = factsSchema.parse(reference.facts).ctc_text;
  if (said === undefined || vocabulary === null) return [];
  const texts = Array.from({ length: rows }, (_, row) => {
    const own = classes.slice(row * frames, row * frames + framesOf(lengths[row] ?? 0, model.folder));
    return transcriptionOf(runsOf(own, vocabulary, stride / sampleRate), Infinity).text;
  });
  const passed = JSON.stringify(texts) === JSON.stringify([said].flat());
  return [{ tensor: 'ctc_text', error: passed ? 0 : 1, tolerance: 0, passed, note: passed ? '' : `ours is ${JSON.stringify(texts)}` }];
}

async function rowsOf(model: Wav2Vec2Model, reference: Reference): Promise<ParityRow[]> {
  const source = ['waveform', 'input_values'].find((name) => reference.has(name));
  if (source === undefined) throw new Error('its reference has neither a waveform nor input_values');
  const batch = batchOf(reference, source);
  const given = reference.float(source).data;
  const values = source === 'waveform' ? inputValues(model, given, batch) : given;
  const rows: ParityRow[] = [];
  const add = (tensor: string, data: ArrayLike<number>, shape: readonly number[]): void => {
    if (reference.has(tensor)) rows.push(compare(tensor, { shape, data }, reference));
  };
  if (source === 'waveform') add('input_values', values, [batch.rows, batch.samples]);
  const output = await model.run(values, batch.rows, { lengths: batch.lengths });
  const { frames, hidden, logits } = output;
  if (hidden !== null) {
    add('last_hidden_state', hidden.data, hidden.shape);
    add('embedding', embeddings(model, output, batch), [batch.rows, model.folder.hiddenSize]);
  }
  if (logits === null) return rows;
  add('logits', logits.data, logits.shape);
  const classes = likeliestClasses(logits.data, logits.shape[2] ?? 1);
  add('ctc_ids', classes, batch.rows === 1 ? [frames] : [batch.rows, frames]);
  return [...rows, ...textRows(model, reference, classes, batch, frames)];
}

export const wav2vec2Parity: ParityCheck = {
  kind: 'wav2vec2',
  matches(folder) {
    const file = join(folder, 'config.json');
    return existsSync(file) && kindSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data?.model_type === 'wav2vec2';
  },
  async check(folder, reference) {
    const model = await Wav2Vec2Model.open({ path: folder, threads: 1, remoteGraphs: {} }, openGraph);
    try {
      return await rowsOf(model, reference);
    } finally {
      await model.release();
    }
  },
};
