import type { AudioBuffer } from '../../../../daemon/audio/index.js';
import { createAudioLdmGenerator, type AudioLdmGeneratorParts } from '../../../../daemon/models/audioldm/audioldm-generator.js';
import type { Generator } from '../../../../daemon/models/generator.js';
import type { HostedModel, ModelCall, ModelReply } from '../../../../daemon/models/hosts/model-hosts.js';
import { openMini, tone, watchedIo, type WatchedModel } from './mini-model.js';

const MODEL: HostedModel = {
  ...{ provider: 'audioldm-mini', modelId: 'audioldm-mini', kind: 'audioldm', memoryBytes: 2 ** 28 },
  settings: { path: 'unused', remoteGraphs: {} },
};

let mini: WatchedModel;
let calls: ModelCall[];
let measured: AudioBuffer[];
let generator: Generator;

/** Does what a host does, in this thread. */
async function call(_: HostedModel, order: ModelCall): Promise<ModelReply> {
  calls.push(order);
  const io = { signal: order.signal, progress: order.onProgress ?? (() => undefined), emit: () => undefined };
  return { ...(await mini.runner.run(order.task, order.params, order.tensors ?? {}, io)), retries: 0 };
}

const measure: AudioLdmGeneratorParts['measure'] = async (audio) => {
  measured.push(audio);
  return { loudnessLufs: -20, peakDbtp: -3 };
};
const parts = { hosts: { call }, model: MODEL, version: 'abc', licence: 'CC-BY-NC-SA-4.0', measure };

beforeAll(async () => {
  mini = await openMini();
});
beforeEach(() => {
  calls = [];
  measured = [];
  generator = createAudioLdmGenerator(parts);
});
afterAll(() => mini.runner.dispose());

const REQUEST = { prompt: 'dark analog bass, 400 bpm, 1 bar', seed: 3, sampleRate: 44_100, steps: 2 };
const options = () => ({ signal: new AbortController().signal, onProgress: watchedIo().progress });

test('a clip is the exact bars at the tempo, in stereo at the wanted rate, and measured', async () => {
  const clip = await generator.generate(REQUEST, options());
  expect(clip).toMatchObject({
    ...{
      frames: 26_460,
      sampleRate: 44_100,
      channels: 2,
      tempoBpm: 400,
      bars: 1,
      quarterNotes: 4,
      metre: { numerator: 4, denominator: 4 },
    },
    ...{ key: null, instrument: 'bass', seed: 3, provider: 'audioldm-mini', providerVersion: '1/abc', loudnessLufs: -20, peakDbtp: -3 },
  });
  expect(clip.samples).toHaveLength(2 * 26_460);
  expect(measured).toEqual([{ samples: clip.samples, sampleRate: 44_100, channels: 2 }]);
  // Not padded: the last frames are the model's.
  expect(clip.samples.subarray(-40).some((sample) => sample !== 0)).toBe(true);
  for (let frame = 0; frame < clip.frames; frame += 97) expect(clip.samples[2 * frame]).toBe(clip.samples[2 * frame + 1]);
});

test('the same request makes the same samples', async () => {
  const first = await generator.generate(REQUEST, options());
  expect((await generator.generate(REQUEST, options())).samples).toEqual(first.samples);
});

test('tempo and key of the request are added to the words, or take the place of others', async () => {
  const short = { ...REQUEST, bars: 1, steps: 1 };
  await generator.generate({ ...short, prompt: 'warm pad', tempoBpm: 400, key: 'Am' }, options());
  await generator.generate({ ...short, prompt: 'warm pad in A minor at 390 bpm', tempoBpm: 390 }, options());
  await generator.generate({ ...short, prompt: 'warm pad at 90 bpm', tempoBpm: 400 }, options());
  const [added, same, replaced] = calls.map(({ params }) => params['prompt']);
  expect(added).toBe('warm pad, 400 bpm, in A minor');
  expect(same).toBe('warm pad in A minor at 390 bpm');
  expect(replaced).toContain('400 bpm');
  expect(replaced).not.toContain('90 bpm');
});

test('the explanation says who made it and how, and promises neither tempo nor loops', async () => {
  const { explanation } = await generator.generate({ ...REQUEST, negativePrompt: 'noisy', guidanceScale: 3 }, options());
  const text = explanation.join('\n');
  expect(text).toContain('Made by the model audioldm-mini (licence of its weights: CC-BY-NC-SA-4.0).');
  expect(text).toContain('2 steps, guidance 3 away from “noisy”, no noise between them, seed 3.');
  expect(text).toMatch(/does not know tempo, key or loops/);
  expect(text).toMatch(/nothing above 8000 Hz/);
  expect(text).not.toMatch(/silent/);
  expect(text).not.toMatch(/No instrument was named/);
});

test('a licence that nobody named is said to be unknown', async () => {
  const { explanation } = await createAudioLdmGenerator({ ...parts, licence: '' }).generate({ ...REQUEST, steps: 1 }, options());
  expect(explanation[0]).toBe('Made by the model audioldm-mini (licence of its weights: not known).');
});

test('silence, a cut prompt and a negative prompt without effect are said', async () => {
  const quiet = createAudioLdmGenerator({ ...parts, measure: async () => ({ loudnessLufs: null, peakDbtp: null }) });
  const request = { ...REQUEST, prompt: `${REQUEST.prompt} ${'very '.repeat(200)}`, negativePrompt: 'noisy', guidanceScale: 1, steps: 1 };
  const clip = await quiet.generate(request, options());
  expect(clip).toMatchObject({ loudnessLufs: null, peakDbtp: -Infinity });
  const text = clip.explanation.join('\n');
  expect(text).toMatch(/silent, or nearly so/);
  expect(text).toMatch(/its end was not heard/);
  expect(text).toMatch(/The negative prompt had no effect/);
});

test('what would last longer than is computed at once is refused before a host is asked', async () => {
  const long = generator.generate({ ...REQUEST, prompt: 'pad', tempoBpm: 60, bars: 8 }, options());
  await expect(long).rejects.toMatchObject({
    code: 'GRYM_MODEL_TASK_INVALID',
    message: expect.stringContaining('it computes at most 30 s at once, and 32.0 s would be needed') as string,
  });
  expect(calls).toEqual([]);
});

const source = (seconds: number): AudioBuffer => ({
  samples: tone(seconds, 44_100, 2)['source']?.data as Float32Array,
  sampleRate: 44_100,
  channels: 2,
});

test('made from audio, a clip is as long as its source unless bars are asked for', async () => {
  const from = { ...REQUEST, prompt: 'a bell', tempoBpm: 400, source: source(0.37), strength: 0.5 };
  expect(await generator.fromAudio?.(from, options())).toMatchObject({ frames: Math.round(0.37 * 44_100), tempoBpm: 400 });
  expect(await generator.fromAudio?.({ ...from, bars: 1 }, options())).toMatchObject({ frames: 26_460, bars: 1 });
  expect(calls.map(({ task, params }) => [task, params['strength']])).toEqual([
    ['from-audio', 0.5],
    ['from-audio', 0.5],
  ]);
});

test('a part that is made anew leaves the rest of the source as it is', async () => {
  const audio = source(0.4);
  const clip = await generator.inpaint?.({ ...REQUEST, prompt: 'a bell', source: audio, fromSeconds: 0.2, toSeconds: 0.3 }, options());
  expect(clip?.frames).toBe(17_640);
  const kept = Math.floor(0.179 * 44_100) * 2;
  expect(clip?.samples.subarray(0, kept)).toEqual(audio.samples.subarray(0, kept));
  expect(clip?.explanation.join('\n')).toContain('Made anew from 0.20 s to 0.30 s; the rest is the original.');
});

test('a continuation is as long as the source and what comes after it', async () => {
  const clip = await generator.inpaint?.(
    { ...REQUEST, prompt: 'a bell', source: source(0.2), fromSeconds: 0.2, toSeconds: 0.5 },
    options(),
  );
  expect(clip?.frames).toBe(22_050);
  expect(clip?.explanation.join('\n')).toContain('beyond the end of what was there');
});

test('an answer that is not as expected is the model’s fault', async () => {
  const broken = createAudioLdmGenerator({ ...parts, hosts: { call: async () => ({ result: {}, tensors: {}, retries: 0 }) } });
  await expect(broken.generate(REQUEST, options())).rejects.toMatchObject({ code: 'GRYM_MODEL_FAULT', kind: 'model-fault' });
});
