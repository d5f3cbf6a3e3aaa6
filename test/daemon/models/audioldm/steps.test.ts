import { GrymError } from '../../../../daemon/kernel/index.js';
import { relativeError } from '../../../parity/parity-check.js';
import { floats, openMini, watchedIo, type WatchedIo, type WatchedModel } from './mini-model.js';

const REQUEST = { prompt: 'glass pad', seconds: 0.2, steps: 4, seed: 1 };

let mini: WatchedModel;
let io: WatchedIo;
beforeAll(async () => {
  mini = await openMini();
});
beforeEach(() => {
  mini.runs.length = 0;
  mini.onRun = () => undefined;
  io = watchedIo();
});
afterAll(() => mini.runner.dispose());

const generate = async (params: Record<string, number | string>): Promise<Float32Array> =>
  floats(await mini.runner.run('generate', { ...REQUEST, ...params }, {}, io), 'waveform').data;
const unetRuns = () => mini.runs.filter(({ graph }) => graph === 'unet');

test('without guidance the UNet sees each of the latents once, and the negative prompt is not even read', async () => {
  const plain = await generate({ guidanceScale: 1, negativePrompt: 'noisy' });
  expect(unetRuns().map(({ feeds }) => feeds['sample']?.shape[0])).toEqual([1, 1, 1, 1]);
  expect(mini.runs.find(({ graph }) => graph === 'text_encoder')?.feeds['input_ids']?.shape[0]).toBe(1);
  expect(await generate({ guidanceScale: 0.5, negativePrompt: 'thin' })).toEqual(plain);
});

test('under guidance it sees them twice in one batch, and the negative prompt is heard', async () => {
  const first = await generate({ negativePrompt: 'noisy' });
  expect(unetRuns().map(({ feeds }) => feeds['sample']?.shape[0])).toEqual([2, 2, 2, 2]);
  expect(relativeError(await generate({ negativePrompt: 'thin' }), first)).toBeGreaterThan(1e-3);
});

test('the UNet is told the timesteps of the model’s own scheduler, from the noisiest on', async () => {
  await generate({ steps: 5 });
  expect(unetRuns().map(({ feeds }) => Number(feeds['timestep']?.data[0]))).toEqual([801, 601, 401, 201, 1]);
});

test('progress never falls, and ends at 1', async () => {
  await generate({ candidates: 2 });
  expect(io.fractions.toSorted((a, b) => a - b)).toEqual(io.fractions);
  expect(io.fractions[0]).toBe(0);
  expect(io.fractions.at(-1)).toBe(1);
  expect(new Set(io.stages)).toEqual(
    new Set([...['reading the words', 'preparing', 'decoding', 'vocoding'], ...[1, 2, 3, 4].map((step) => `denoising, step ${step} of 4`)]),
  );
});

test.each(['text_encoder', 'unet', 'vae_decoder'])('a task that is cancelled while %s runs computes nothing after it', async (graph) => {
  mini.onRun = (run) => {
    // As a host does it: what comes in while the thread is busy is heard when the event loop turns.
    if (run.graph === graph) setImmediate(() => io.controller.abort(new GrymError('GRYM_CANCELLED', { what: 'the test' })));
  };
  await expect(generate({})).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(mini.runs.at(-1)?.graph).toBe(graph);
  expect(mini.runs.filter((run) => run.graph === graph)).toHaveLength(1);
});

test('previews come only where they are asked for: a small picture after each so many steps, and never after the last', async () => {
  await generate({});
  expect(io.events).toEqual([]);
  const without = await generate({});
  expect(await generate({ previewEverySteps: 2 })).toEqual(without);
  expect(io.events).toHaveLength(1);
  expect(io.events[0]).toMatchObject({ kind: 'preview', step: 2, steps: 4, frames: 64, bands: 32 });
  const picture = Buffer.from(io.events[0]?.['mel'] as string, 'base64');
  expect(picture).toHaveLength(64 * 32);
  expect(new Set(picture).size).toBeGreaterThan(4);
});

test.each([
  [{ steps: 0 }, /steps/],
  [{ steps: 1000 }, /1000 steps would begin at 1000, and its last one is 999/],
  [{ seed: 0.5 }, /seed/],
  [{ seconds: -1 }, /seconds/],
  [{ seconds: 1e9 }, /seconds/],
  [{ eta: 2 }, /eta/],
  [{ colour: 'red' }, /colour/],
])('%j is refused before anything is denoised', async (params, reason) => {
  await expect(generate(params)).rejects.toMatchObject({ code: 'GRYM_MODEL_TASK_INVALID', message: expect.stringMatching(reason) });
  expect(unetRuns()).toEqual([]);
});

test('a task that it does not know is refused with those that it does', async () => {
  await expect(mini.runner.run('sing', {}, {}, io)).rejects.toMatchObject({
    code: 'GRYM_MODEL_TASK_INVALID',
    message: expect.stringMatching(/generate, from-audio, inpaint, probe, and not sing/),
  });
});

test('a prompt that is longer than the model reads is cut, and the answer says so', async () => {
  const { result } = await mini.runner.run('generate', { ...REQUEST, prompt: 'very '.repeat(200), steps: 1 }, {}, io);
  expect(result).toMatchObject({
    warnings: [expect.stringMatching(/reads 77 tokens of the prompt, which has \d{3,}: its end was not heard/)],
  });
});

test('probe tries every part, and says what works', async () => {
  const { result } = await mini.runner.run('probe', {}, {}, io);
  expect(new Set(mini.runs.map(({ graph }) => graph))).toEqual(new Set(['text_encoder', 'unet', 'vae_encoder', 'vae_decoder', 'vocoder']));
  expect(result).toEqual({ works: [expect.stringContaining('Text to audio works'), expect.stringContaining('Audio to audio works')] });
  expect(io.fractions.toSorted((a, b) => a - b)).toEqual(io.fractions);
});

test.each([
  [0.001, 16, 1],
  [0.04, 640, 1],
  [0.0401, 641, 2],
  [0.3, 4800, 8],
])('%d s are %d samples, of %d rows of latents', async (seconds, samples, rows) => {
  const waveform = await generate({ seconds, steps: 1 });
  expect(waveform).toHaveLength(samples);
  expect(unetRuns()[0]?.feeds['sample']?.shape).toEqual([2, 8, rows, 16]);
});
