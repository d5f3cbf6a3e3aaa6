import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { readClapFolder } from '../../../../daemon/models/clap/layout.js';
import { loadClap, runner } from '../../../../daemon/models/clap/runner.js';
import { change, copyOf, failureOf, fakeGraphs, fixture, io, removeCopies, settingsFor } from '../hearing/bench.js';

afterEach(removeCopies);

const loading = (folder: string): Promise<string> => failureOf(runner.load(settingsFor(folder)));

test.each([
  ['config.json', /the file config.json is missing/],
  ['preprocessor_config.json', /the file preprocessor_config.json is missing/],
  ['tokenizer_config.json', /the file tokenizer_config.json is missing/],
  ['tokenizer.json', /the file tokenizer.json is missing/],
  ['onnx/text_model.onnx', /the file onnx\/text_model.onnx is missing/],
  ['onnx/audio_model.onnx', /the file onnx\/audio_model.onnx is missing/],
])('a folder without %s: that is said', async (file, words) => {
  const folder = copyOf('clap-mini');
  rmSync(join(folder, file));
  const failure = await loading(folder);
  expect(failure).toMatch(/^GRYM_MODEL_FOLDER_INVALID/);
  expect(failure).toMatch(words);
});

test.each([
  [
    'config.json',
    { audio_config: { enable_fusion: true } },
    /audio_config.enable_fusion = true \(only models without fusion are supported\)/,
  ],
  ['preprocessor_config.json', { truncation: 'fusion' }, /truncation = "fusion" \(only models without fusion are supported\)/],
  ['preprocessor_config.json', { fft_window_size: 1000 }, /fft_window_size = 1000 \(expected a power of two\)/],
  ['preprocessor_config.json', { top_db: 80 }, /top_db = 80/],
  ['preprocessor_config.json', { padding: 'mirror' }, /padding = "mirror"/],
])('%s says %j: that is named', async (file, fields, words) => {
  const folder = copyOf('clap-mini');
  change(folder, file, fields);
  expect(await loading(folder)).toMatch(words);
});

test('no folder, another model, a tokenizer that is none, a graph that is none', async () => {
  expect(await loading('/nowhere/at/all')).toMatch(/there is no such folder/);
  expect(await loading(fixture('wav2vec2-mini'))).toMatch(/config.json says model_type = "wav2vec2"/);
  const folder = copyOf('clap-mini');
  writeFileSync(join(folder, 'onnx/audio_model.onnx'), 'not a graph');
  expect(await loading(folder)).toMatch(/audio_model.onnx is no graph/);
  writeFileSync(join(folder, 'tokenizer.json'), '[]');
  expect(await loading(folder)).toMatch(/tokenizer.json and tokenizer_config.json make no tokenizer/);
});

test('graphs with other inputs or outputs are named with them, and all are put away', async () => {
  const text = { inputs: ['input_ids', 'attention_mask'], outputs: ['text_embeds'], run: () => ({}) };
  const audio = { inputs: ['input_features', 'is_longer'], outputs: ['audio_embeds'], run: () => ({}) };
  const graphs = fakeGraphs({ text_model: text, audio_model: audio });
  expect(await failureOf(loadClap(settingsFor(fixture('clap-mini')), graphs.open))).toMatch(
    /audio_model.onnx has the inputs input_features, is_longer/,
  );
  expect(graphs.released.sort()).toEqual(['audio_model', 'text_model']);
});

test("what a graph gives is checked: shape and numbers are the model's fault", async () => {
  const answer = (shape: number[], value: number) => ({
    ...{ inputs: ['input_ids', 'attention_mask'], outputs: ['text_embeds'] },
    run: () => ({ text_embeds: { type: 'float32', shape, data: new Float32Array(shape[1] ?? 0).fill(value) } }) as const,
  });
  const audio = { inputs: ['input_features'], outputs: ['audio_embeds'], run: () => ({}) };
  const embedding = async (text: ReturnType<typeof answer>): Promise<string> => {
    const loaded = await loadClap(settingsFor(fixture('clap-mini')), fakeGraphs({ text_model: text, audio_model: audio }).open);
    return failureOf(loaded.run('embed-text', { texts: ['bass'] }, {}, io()));
  };
  expect(await embedding(answer([1, 31], 1))).toMatch(
    /GRYM_MODEL_FAULT.*text_embeds is float32 \[1, 31\], and float32 \[1, 32\] was expected/,
  );
  expect(await embedding(answer([1, 32], NaN))).toMatch(/GRYM_MODEL_FAULT.*no numbers/);
  expect(await embedding(answer([1, 32], 1))).toBe('no error');
});

test('the probe says what works, and everything is read from the configs', async () => {
  const loaded = await runner.load(settingsFor(fixture('clap-mini')));
  expect((await loaded.run('probe', {}, {}, io())).result).toEqual({
    works: ['Words become a vector of 32 values.', 'A second of sound becomes a vector of 32 values.'],
  });
  expect(await failureOf(loaded.run('sing', {}, {}, io()))).toMatch(/knows no task "sing"/);
  await loaded.dispose();
  const folder = copyOf('clap-mini');
  change(folder, 'preprocessor_config.json', { sampling_rate: 32_000, nb_max_samples: undefined, max_length_s: 5 });
  change(folder, 'tokenizer_config.json', { model_max_length: 600 });
  expect(readClapFolder(folder)).toMatchObject({
    maximumTokens: 512,
    dimensions: 32,
    features: { sampleRate: 32_000, windowSamples: 160_000 },
  });
});
