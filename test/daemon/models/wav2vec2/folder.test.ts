import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { GRAPH_VARIANTS } from '../../../../daemon/models/hub-layout/choose-graph.js';
import { readWav2Vec2Folder } from '../../../../daemon/models/wav2vec2/layout.js';
import { loadWav2Vec2, runner } from '../../../../daemon/models/wav2vec2/runner.js';
import { audioTensor, change, copyOf, failureOf, fakeGraphs, fixture, io, removeCopies, settingsFor, wandering } from '../hearing/bench.js';

afterEach(removeCopies);

const loading = (folder: string): Promise<string> => failureOf(runner.load(settingsFor(folder)));

describe('what is wrong in a folder is named', () => {
  test.each([
    ['config.json', /the file config.json is missing/],
    ['preprocessor_config.json', /the file preprocessor_config.json is missing/],
    ['onnx/model.onnx', /the file onnx\/model.onnx is missing \(_fp16, _quantized/],
  ])('%s is missing', async (file, words) => {
    const folder = copyOf('wav2vec2-mini');
    rmSync(join(folder, file));
    expect(await loading(folder)).toMatch(words);
  });

  test.each([
    ['config.json', { conv_stride: [5, 2] }, /config.json says conv_stride = \[5,2\] \(expected as many strides as kernels\)/],
    ['config.json', { model_type: 'hubert' }, /config.json says model_type = "hubert"/],
    ['config.json', { add_adapter: true }, /config.json says add_adapter = true/],
    ['config.json', { hidden_size: 'many' }, /config.json says hidden_size = "many"/],
    ['preprocessor_config.json', { sampling_rate: 0 }, /preprocessor_config.json says sampling_rate = 0/],
    ['vocab.json', { A: 'first' }, /vocab.json says/],
    ['tokenizer_config.json', { pad_token: '[NONE]' }, /vocab.json has no \[NONE\], the blank of CTC/],
  ])('%s says %j', async (file, fields, words) => {
    const folder = copyOf('wav2vec2-mini');
    change(folder, file, fields);
    const failure = await loading(folder);
    expect(failure).toMatch(/^GRYM_MODEL_FOLDER_INVALID/);
    expect(failure).toMatch(words);
  });

  test('no folder, a folder of another model, no JSON, no graph', async () => {
    expect(await loading('/nowhere/at/all')).toMatch(/GRYM_MODEL_FOLDER_INVALID.*there is no such folder/);
    expect(await loading(fixture('clap-mini'))).toMatch(/config.json says model_type = "clap"/);
    const folder = copyOf('wav2vec2-mini');
    writeFileSync(join(folder, 'onnx/model.onnx'), 'not a graph');
    expect(await loading(folder)).toMatch(/model.onnx is no graph/);
    writeFileSync(join(folder, 'config.json'), '{');
    expect(await loading(folder)).toMatch(/config.json is no JSON/);
  });

  test('a graph with other inputs or outputs is named with them, and put away again', async () => {
    const graphs = fakeGraphs({ model: { inputs: ['pixels'], outputs: ['boxes'], run: () => ({}) } });
    expect(await failureOf(loadWav2Vec2(settingsFor(fixture('wav2vec2-mini')), graphs.open))).toMatch(
      /model.onnx has the inputs pixels and the outputs boxes; expected were input_values/,
    );
    expect(graphs.released).toEqual(['model']);
  });
});

describe('a model can do what its graph and files can', () => {
  const silent = (shape: number[]): { type: 'float32'; shape: number[]; data: Float32Array } => ({
    ...{ type: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
  });
  const audio = audioTensor(wandering(0.05, 16_000));
  const work = async (outputs: string[], task: string, folder = fixture('wav2vec2-mini'), frames = 2): Promise<string> => {
    const run = (): Record<string, ReturnType<typeof silent>> =>
      Object.fromEntries(outputs.map((name) => [name, silent([1, frames, name === 'logits' ? 32 : 48])]));
    const loaded = await loadWav2Vec2(settingsFor(folder), fakeGraphs({ model: { inputs: ['input_values'], outputs, run } }).open);
    return failureOf(loaded.run(task, task === 'probe' ? {} : { sampleRate: 16_000 }, audio, io()));
  };

  test('logits only: text, but no features', async () => {
    expect(await work(['logits'], 'transcribe')).toBe('no error');
    expect(await work(['logits'], 'features')).toMatch(
      /GRYM_MODEL_TASK_INVALID.*gives logits only; features need the output last_hidden_state/,
    );
  });

  test('hidden states only: features, but no text', async () => {
    expect(await work(['last_hidden_state'], 'features')).toBe('no error');
    expect(await work(['last_hidden_state'], 'transcribe')).toMatch(/gives hidden states only; text needs the output logits/);
  });

  test('no vocabulary: no text', async () => {
    const folder = copyOf('wav2vec2-mini');
    rmSync(join(folder, 'vocab.json'));
    expect(await work(['logits', 'last_hidden_state'], 'transcribe', folder)).toMatch(/text needs the file vocab.json/);
    expect(await work(['logits', 'last_hidden_state'], 'features', folder)).toBe('no error');
    expect(await work(['logits'], 'probe', folder)).toMatch(/there is no vocab.json/);
  });

  test("an output of another shape is the model's fault", async () => {
    expect(await work(['last_hidden_state'], 'features', undefined, 3)).toMatch(
      /GRYM_MODEL_FAULT.*its output last_hidden_state is float32 \[1, 3, 48\], and float32 \[1, 2, 48\] was expected/,
    );
  });
});

test('everything is read from the configs: strides, reach, rate, normalisation, signs', () => {
  const folder = copyOf('wav2vec2-mini');
  expect(readWav2Vec2Folder(folder)).toMatchObject({
    stride: 320,
    receptiveField: 400,
    sampleRate: 16_000,
    doNormalize: true,
    hiddenSize: 48,
  });
  change(folder, 'config.json', { conv_kernel: [8, 4], conv_stride: [4, 2] });
  change(folder, 'preprocessor_config.json', { do_normalize: false, sampling_rate: 8_000 });
  change(folder, 'tokenizer_config.json', {
    word_delimiter_token: 'A',
    do_lower_case: true,
    added_tokens_decoder: { 40: { content: '<x>', special: true } },
  });
  const read = readWav2Vec2Folder(folder);
  expect(read).toMatchObject({ stride: 8, receptiveField: 20, sampleRate: 8_000, doNormalize: false });
  expect(read.vocabulary).toMatchObject({ wordDelimiter: 'A', lowerCase: true });
  expect(read.vocabulary?.tokens.get(40)).toBe('<x>');
  expect(read.vocabulary?.special.has('<x>')).toBe(true);
});

test('of several languages that of target_lang is taken, and without one that is said', () => {
  const folder = copyOf('wav2vec2-mini');
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify({ swe: { '<pad>': 0, Å: 1 }, eng: { '<pad>': 0, A: 1 } }));
  expect(() => readWav2Vec2Folder(folder)).toThrow(/several languages/);
  change(folder, 'tokenizer_config.json', { target_lang: 'swe' });
  expect(readWav2Vec2Folder(folder).vocabulary?.tokens.get(1)).toBe('Å');
});

test('of several files of one graph the most exact is taken, of a graph elsewhere none is needed', () => {
  const folder = copyOf('wav2vec2-mini');
  const fileOf = (isRemote = false): string => readWav2Vec2Folder(folder, isRemote).graph.slice(folder.length + 1);
  for (const variant of GRAPH_VARIANTS) writeFileSync(join(folder, `onnx/model${variant}.onnx`), '');
  for (const variant of GRAPH_VARIANTS) {
    expect(fileOf()).toBe(`onnx/model${variant}.onnx`);
    renameSync(join(folder, `onnx/model${variant}.onnx`), join(folder, `onnx/other${variant}.onnx`));
  }
  expect(() => fileOf()).toThrow(/onnx\/model.onnx is missing/);
  expect(fileOf(true)).toBe('onnx/model.onnx');
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'model_q4.onnx'), '');
  expect(fileOf()).toBe('model_q4.onnx');
});
