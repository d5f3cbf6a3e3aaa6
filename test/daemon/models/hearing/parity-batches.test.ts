import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { paddedWindow } from '../../../../daemon/models/clap/features.js';
import { ClapModel } from '../../../../daemon/models/clap/model.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import { unitVector } from '../../../../daemon/models/signal/vectors.js';
import { levelOf, normalised, Wav2Vec2Model } from '../../../../daemon/models/wav2vec2/model.js';
import { clapParity } from '../../../parity/clap-parity.js';
import { openReference } from '../../../parity/reference.js';
import { wav2vec2Parity } from '../../../parity/wav2vec2-parity.js';
import { copyOf, removeCopies, settingsFor, wandering } from './bench.js';

afterEach(removeCopies);

interface Given {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

function writeReference(folder: string, facts: Record<string, unknown>, tensors: Readonly<Record<string, Given>>): void {
  mkdirSync(join(folder, 'reference'), { recursive: true });
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    writeFileSync(join(folder, 'reference', `${name}.bin`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return [name, { file: `${name}.bin`, dtype: data instanceof Float32Array ? 'float32' : 'int64', shape }] as const;
  });
  writeFileSync(join(folder, 'reference/manifest.json'), JSON.stringify({ facts, tensors: Object.fromEntries(entries) }));
}

const joined = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

test('wav2vec2: a batch is compared row by row, only in what its reference has, and one wrong value is found', async () => {
  const folder = copyOf('wav2vec2-mini');
  const model = await Wav2Vec2Model.open(settingsFor(folder), openGraph);
  const rows = [wandering(0.5, 16_000).samples, wandering(0.7, 16_000).samples.slice(0, 8_000).reverse()];
  const outputs = await Promise.all(rows.map((row) => model.run(normalised(row, levelOf(row)), 1)));
  await model.release();
  const logits = joined(outputs.map((output) => output.logits?.data ?? new Float32Array(0)));
  const tensors = { waveform: { shape: [2, 8_000], data: joined(rows) }, logits: { shape: [2, 24, 32], data: logits } };
  writeReference(folder, {}, tensors);
  expect(await wav2vec2Parity.check(folder, openReference(folder))).toMatchObject([{ tensor: 'logits', passed: true }]);
  logits[1_000] = (logits[1_000] ?? 0) + 1;
  writeReference(folder, { ctc_text: ['no', 'such text'] }, tensors);
  const wrong = await wav2vec2Parity.check(folder, openReference(folder));
  expect(wrong).toMatchObject([
    { tensor: 'logits', passed: false },
    { tensor: 'ctc_text', passed: false, note: expect.stringMatching(/^ours is \["[A-Z]/) as unknown },
  ]);
});

test('CLAP: several texts and several sounds; tokens without words; sounds that were cropped at random by their spectrogram', async () => {
  const folder = copyOf('clap-mini');
  const model = await ClapModel.open(settingsFor(folder), openGraph);
  const texts = ['a deep bass', 'hi'];
  const batch = model.batch(texts.map((text) => model.tokens(text)));
  const sounds = [wandering(0.3, 48_000).samples, wandering(0.3, 48_000).samples.slice().reverse()];
  const features = joined(sounds.map((sound) => model.features.compute(paddedWindow(sound, model.folder.features))));
  const directions = (values: Float32Array): Float32Array =>
    joined([values.subarray(0, 32), values.subarray(32)].map((row) => Float32Array.from(unitVector(row))));
  const tensors = {
    input_features: { shape: [2, 1, 1001, 64], data: features },
    audio_embeds: { shape: [2, 32], data: directions(await model.embedFeatures(features, 2)) },
    input_ids: { shape: batch.shape, data: batch.ids },
    text_embeds: { shape: [2, 32], data: directions(await model.embedTokens(batch)) },
  };
  await model.release();
  const check = async (facts: Record<string, unknown>, given: Readonly<Record<string, Given>>): Promise<(string | boolean)[][]> => {
    writeReference(folder, facts, given);
    return (await clapParity.check(folder, openReference(folder))).map(({ tensor, passed }) => [tensor, passed]);
  };
  const all = { ...tensors, waveform: { shape: [2, 14_400], data: joined(sounds) } };
  expect(await check({ prompts: texts }, all)).toEqual([
    ['input_features', true],
    ['audio_embeds', true],
    ['input_ids', true],
    ['text_embeds', true],
  ]);
  const expected = [
    ['audio_embeds', true],
    ['text_embeds', true],
  ];
  expect(await check({}, tensors)).toEqual(expected);
  expect(await check({}, { ...tensors, waveform: { shape: [480_001], data: new Float32Array(480_001) } })).toEqual(expected);
});
