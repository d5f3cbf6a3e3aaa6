import { relativeError } from '../../../parity/parity-check.js';
import { floats, MODEL_RATE, openMini, ROW_SAMPLES, tone, watchedIo, type WatchedModel } from './mini-model.js';

const WORDS = { prompt: 'a plucked string', seed: 5, steps: 4 };

let mini: WatchedModel;
beforeAll(async () => {
  mini = await openMini();
});
beforeEach(() => {
  mini.runs.length = 0;
});
afterAll(() => mini.runner.dispose());

const unetSamples = (): Float32Array[] =>
  mini.runs.flatMap(({ graph, feeds: { sample } }) => (graph === 'unet' && sample?.type === 'float32' ? [sample.data] : []));

test.each([
  [0, 0],
  [0.24, 0],
  [0.25, 1],
  [0.5, 2],
  [0.99, 3],
  [1, 4],
])('strength %d takes %i of 4 steps', async (strength, steps) => {
  const { result } = await mini.runner.run('from-audio', { ...WORDS, sourceRate: 16_000, strength }, tone(0.2, 16_000, 1), watchedIo());
  expect(result).toMatchObject({ steps });
  expect(unetSamples()).toHaveLength(steps);
});

test('with strength 0 the words change nothing: the source goes through encoder, decoder and vocoder only', async () => {
  const remade = async (prompt: string, strength: number): Promise<Float32Array> => {
    const params = { ...WORDS, prompt, sourceRate: 16_000, strength };
    return floats(await mini.runner.run('from-audio', params, tone(0.2, 16_000, 1), watchedIo()), 'waveform').data;
  };
  expect(await remade('a bell', 0)).toEqual(await remade('thunder', 0));
  expect(relativeError(await remade('a bell', 0.75), await remade('thunder', 0.75))).toBeGreaterThan(1e-4);
});

test('sources at other rates and in stereo are heard as the same sound at the model’s rate is', async () => {
  const heard = async (rate: number, channels: number): Promise<Float32Array> => {
    const stereo = tone(0.4, rate, channels);
    // One tone in both channels, so that their mean is that tone.
    const source = stereo['source'];
    if (source?.type === 'float32' && channels === 2)
      for (let at = 0; at < source.data.length; at += 2) source.data[at + 1] = source.data[at] ?? 0;
    mini.runs.length = 0;
    await mini.runner.run('from-audio', { ...WORDS, sourceRate: rate, strength: 0, seconds: 0.4 }, stereo, watchedIo());
    const mel = mini.runs.find(({ graph }) => graph === 'vae_encoder')?.feeds['sample'];
    return mel?.type === 'float32' ? mel.data : new Float32Array();
  };
  const reference = await heard(16_000, 1);
  expect(reference).toHaveLength(40 * 64);
  // Onsets are a little softer through the resampler's low-pass; the mel differs there in its quiet upper bands.
  expect(relativeError(await heard(48_000, 1), reference)).toBeLessThan(0.05);
  expect(await heard(16_000, 2)).toEqual(reference);
});

test('what comes back has the level of the source', async () => {
  const params = { ...WORDS, sourceRate: 16_000, strength: 0 };
  const loud = tone(0.2, 16_000, 1);
  const quiet = structuredClone(loud);
  if (quiet['source']?.type === 'float32') quiet['source'].data.forEach((value, index, all) => (all[index] = value / 8));
  const [first, second] = [
    floats(await mini.runner.run('from-audio', params, loud, watchedIo()), 'waveform').data,
    floats(await mini.runner.run('from-audio', params, quiet, watchedIo()), 'waveform').data,
  ];
  expect(
    relativeError(
      second.map((value) => value * 8),
      first,
    ),
  ).toBeLessThan(1e-3);
});

/** Latents of the source at the last step, as the UNet is given them: noised by the last timestep's share. */
test('at each step the kept rows are the source under that step’s noise, whatever the words', async () => {
  const rows = 10;
  const run = async (prompt: string): Promise<Float32Array[]> => {
    mini.runs.length = 0;
    const part = { fromSeconds: 0.16, toSeconds: 0.24, sourceRate: 16_000 };
    await mini.runner.run('inpaint', { ...WORDS, prompt, ...part }, tone(0.4, 16_000, 1), watchedIo());
    return unetSamples();
  };
  const [bell, thunder] = [await run('a bell'), await run('thunder')];
  expect(bell).toHaveLength(4);
  for (const [step, latents] of bell.entries()) {
    for (let row = 0; row < rows; row += 1) {
      const rowOf = (all: Float32Array | undefined): Float32Array | undefined => all?.subarray(row * 16, (row + 1) * 16);
      const isKept = row < 4 || row >= 6;
      const error = relativeError(rowOf(latents) ?? [], rowOf(thunder[step]) ?? []);
      if (isKept || step === 0) expect(error).toBe(0);
      else expect(error).toBeGreaterThan(1e-6);
    }
  }
});

test('outside the new part and its crossfades every sample is the source’s own', async () => {
  const rate = 48_000;
  const source = tone(0.5, rate, 2);
  const params = { ...WORDS, sourceRate: rate, fromSeconds: 0.2, toSeconds: 0.3, output: { sampleRate: rate, frames: 24_000 } };
  const audio = floats(await mini.runner.run('inpaint', params, source, watchedIo()), 'audio');
  expect(audio.shape).toEqual([1, 24_000, 2]);
  const original = source['source']?.data as Float32Array;
  const fade = 0.02 * rate;
  const [from, to] = [0.2 * rate, 0.3 * rate];
  expect(audio.data.subarray(0, (from - fade) * 2)).toEqual(original.subarray(0, (from - fade) * 2));
  expect(audio.data.subarray((to + fade) * 2)).toEqual(original.subarray((to + fade) * 2));
  expect(relativeError(audio.data.subarray(from * 2, to * 2), original.subarray(from * 2, to * 2))).toBeGreaterThan(0.1);
  // The model is mono: its part is the same in both channels.
  for (let frame = from; frame <= to; frame += 100) expect(audio.data[frame * 2]).toBe(audio.data[frame * 2 + 1]);
});

test('a part beyond the end continues the source, up to the wanted length', async () => {
  const source = tone(0.3, MODEL_RATE, 1);
  const output = { sampleRate: MODEL_RATE, frames: 0.6 * MODEL_RATE };
  const params = { ...WORDS, sourceRate: MODEL_RATE, fromSeconds: 0.3, toSeconds: 0.6, output };
  const audio = floats(await mini.runner.run('inpaint', params, source, watchedIo()), 'audio').data;
  expect(audio).toHaveLength(2 * output.frames);
  expect(audio.findLastIndex((sample) => sample !== 0)).toBeGreaterThan(2 * (output.frames - 200));
  const original = source['source']?.data as Float32Array;
  for (let frame = 0; frame < 0.27 * MODEL_RATE; frame += 1) expect(audio[frame * 2]).toBe(original[frame]);
});

test('of a long source the model is given the new part with what is around it only', async () => {
  const source = tone(20, 8_000, 1);
  const part = { fromSeconds: 10, toSeconds: 10.2, contextSeconds: 0.4, sourceRate: 8_000 };
  const params = { ...WORDS, ...part, output: { sampleRate: 8_000, frames: 160_000 } };
  const reply = await mini.runner.run('inpaint', params, source, watchedIo());
  expect(reply.result).toMatchObject({ samples: MODEL_RATE, rows: MODEL_RATE / ROW_SAMPLES, fromSeconds: 9.6 });
  const audio = floats(reply, 'audio').data;
  const original = source['source']?.data as Float32Array;
  for (const second of [0, 9.6, 9.97, 10.23, 19.9]) expect(audio[second * 16_000]).toBe(original[second * 8_000]);
  expect(audio[10.1 * 16_000]).not.toBe(original[10.1 * 8_000]);
});

test.each([
  ['no source', {}, /needs the tensor source/],
  ['three channels', { source: { type: 'float32', shape: [2, 3], data: new Float32Array(6) } }, /shape \[2, 3\]/],
  ['a shape that does not fit', { source: { type: 'float32', shape: [7, 1], data: new Float32Array(6) } }, /shape \[7, 1\]/],
  ['whole numbers', { source: { type: 'int32', shape: [6], data: new Int32Array(6) } }, /float32/],
] as const)('%s is refused', async (_, tensors, reason) => {
  const params = { ...WORDS, sourceRate: 16_000, strength: 0.5 };
  await expect(mini.runner.run('from-audio', params, tensors, watchedIo())).rejects.toMatchObject({
    code: 'GRYM_MODEL_TASK_INVALID',
    message: expect.stringMatching(reason),
  });
});

test('silence is a source as any other', async () => {
  const source = { type: 'float32', shape: [4_000], data: new Float32Array(4_000) } as const;
  const reply = await mini.runner.run('from-audio', { ...WORDS, sourceRate: 16_000, strength: 0.5 }, { source }, watchedIo());
  expect(floats(reply, 'waveform').data.every(Number.isFinite)).toBe(true);
});
