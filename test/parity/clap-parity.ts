import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { paddedWindow } from '../../daemon/models/clap/features.js';
import { ClapModel } from '../../daemon/models/clap/model.js';
import { openGraph } from '../../daemon/models/graphs/graph-opener.js';
import { unitVector } from '../../daemon/models/signal/vectors.js';
import { compare, type ParityCheck, type ParityRow } from './parity-check.js';
import type { Reference } from './reference.js';

/** The bar for the mel spectrogram; it is computed by another FFT. */
const FEATURES_TOLERANCE = 1e-4;

const kindSchema = z.looseObject({ model_type: z.string() });
const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const factsSchema = z.looseObject({ prompt: texts.optional(), prompts: texts.optional(), text: texts.optional(), texts: texts.optional() });

/** Each row with the length 1. */
function directions(values: Float32Array, rows: number): Float32Array {
  const dimensions = values.length / rows;
  return Float32Array.from(
    Array.from({ length: rows }, (_, row) => [...unitVector(values.subarray(row * dimensions, (row + 1) * dimensions))]).flat(),
  );
}

/** The prompts of the facts through our tokenizer, or without prompts the reference's own tokens. */
async function textRows(model: ClapModel, reference: Reference): Promise<ParityRow[]> {
  const facts = factsSchema.parse(reference.facts);
  const said = facts.prompts ?? facts.texts ?? facts.prompt ?? facts.text;
  const rows: ParityRow[] = [];
  const shapeOf = (name: string): readonly [number, number] => {
    const shape = reference.tensor(name).shape;
    const width = shape.at(-1) ?? 0;
    return [shape.slice(0, -1).reduce((product, length) => product * length, 1), width];
  };
  let batch =
    said === undefined
      ? null
      : model.batch(
          said.map((text) => model.tokens(text)),
          reference.has('input_ids') ? shapeOf('input_ids')[1] : undefined,
        );
  if (batch !== null) {
    if (reference.has('input_ids')) rows.push(compare('input_ids', { shape: batch.shape, data: batch.ids }, reference));
    if (reference.has('attention_mask')) rows.push(compare('attention_mask', { shape: batch.shape, data: batch.mask }, reference));
  } else if (reference.has('input_ids')) {
    const ids = BigInt64Array.from(reference.integers('input_ids'), BigInt);
    const mask = reference.has('attention_mask')
      ? BigInt64Array.from(reference.integers('attention_mask'), BigInt)
      : ids.map((id) => (id === BigInt(model.folder.paddingToken) ? 0n : 1n));
    batch = { ids, mask, shape: shapeOf('input_ids') };
  }
  if (batch === null || !reference.has('text_embeds')) return rows;
  const data = directions(await model.embedTokens(batch), batch.shape[0]);
  return [...rows, compare('text_embeds', { shape: [batch.shape[0], model.folder.dimensions], data }, reference)];
}

/** Audio by audio, as the runner does it: padded, transformed. A reference longer than a window was cropped at random and cannot be repeated. */
function featuresOf(model: ClapModel, reference: Reference): { readonly data: Float32Array; readonly rows: number } | null {
  if (!reference.has('waveform')) return null;
  const { shape, data } = reference.float('waveform');
  const length = shape.at(-1) ?? 0;
  const rows = data.length / length;
  const { windowSamples, bands } = model.folder.features;
  if (length > windowSamples) return null;
  const one = model.features.frames * bands;
  const features = new Float32Array(rows * one);
  for (let row = 0; row < rows; row += 1) {
    const samples = data.subarray(row * length, (row + 1) * length);
    features.set(model.features.compute(paddedWindow(samples, model.folder.features)), row * one);
  }
  return { data: features, rows };
}

async function audioRows(model: ClapModel, reference: Reference): Promise<ParityRow[]> {
  const { bands } = model.folder.features;
  const own = featuresOf(model, reference);
  const rows: ParityRow[] = [];
  if (own !== null && reference.has('input_features')) {
    const shape = [own.rows, 1, model.features.frames, bands];
    rows.push(compare('input_features', { shape, data: own.data }, reference, FEATURES_TOLERANCE));
  }
  if (!reference.has('audio_embeds')) return rows;
  const given = reference.has('input_features') ? reference.float('input_features').data : null;
  // From the waveform to the end by our own code where that can be repeated.
  const features = own?.data ?? given;
  if (features === null) return rows;
  const count = features.length / (model.features.frames * bands);
  const embeds = directions(await model.embedFeatures(features, count), count);
  return [...rows, compare('audio_embeds', { shape: [count, model.folder.dimensions], data: embeds }, reference)];
}

export const clapParity: ParityCheck = {
  kind: 'clap',
  matches(folder) {
    const file = join(folder, 'config.json');
    return existsSync(file) && kindSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data?.model_type === 'clap';
  },
  async check(folder, reference) {
    const model = await ClapModel.open({ path: folder, threads: 1, remoteGraphs: {} }, openGraph);
    try {
      return [...(await audioRows(model, reference)), ...(await textRows(model, reference))];
    } finally {
      await model.release();
    }
  },
};
