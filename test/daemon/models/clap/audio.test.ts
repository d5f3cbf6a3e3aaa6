import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sourceOf, type AudioBuffer } from '../../../../daemon/audio/index.js';
import { createClapEmbedder } from '../../../../daemon/models/clap/provider.js';
import { runner } from '../../../../daemon/models/clap/runner.js';
import type { Embedder } from '../../../../daemon/models/embed.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';
import { resample } from '../../../../daemon/models/signal/resample.js';
import { unitVector } from '../../../../daemon/models/signal/vectors.js';
import {
  audioTensor,
  distance,
  failureOf,
  FakeHosts,
  fixture,
  floats,
  free,
  hostedModel,
  io,
  settingsFor,
  silence,
  wandering,
} from '../hearing/bench.js';

const RATE = 48_000;
let loaded: ModelRunner;
let hosts: FakeHosts;
let embedder: Embedder;

beforeAll(async () => {
  loaded = await runner.load(settingsFor(fixture('clap-mini')));
  hosts = new FakeHosts(loaded);
  embedder = createClapEmbedder({ hosts, model: hostedModel('clap'), version: 'abc' });
});
afterAll(() => loaded.dispose());

const reference = (name: string): Float32Array => floats(join(fixture('clap-mini'), 'reference', `${name}.bin`));
const vectorOf = async (audio: AudioBuffer): Promise<readonly number[]> => (await embedder.embed(sourceOf(audio), free()))?.vector ?? [];
const part = ({ samples, sampleRate }: AudioBuffer, from: number, to: number): AudioBuffer => ({
  ...{ samples: samples.slice(from * sampleRate, to * sampleRate), sampleRate, channels: 1 },
});
const meanOf = (vectors: readonly (readonly number[])[]): Float64Array =>
  unitVector((vectors[0] ?? []).map((_, at) => vectors.reduce((sum, vector) => sum + (vector[at] ?? NaN), 0)));

describe('audio becomes a vector', () => {
  test('that of the reference, in a space that names model and version, with the length 1', async () => {
    const embedding = await embedder.embed(sourceOf({ samples: reference('waveform'), sampleRate: RATE, channels: 1 }), free());
    expect(embedding?.space).toBe('clap/clap-mini/abc');
    expect(distance(embedding?.vector ?? [], reference('audio_embeds'))).toBeLessThan(1e-5);
    expect(Math.hypot(...(embedding?.vector ?? []))).toBeCloseTo(1, 12);
  });

  test('of any rate, and from two channels', async () => {
    const at96 = resample(reference('waveform'), 1, RATE, 96_000);
    const stereo = new Float32Array(at96.length * 2).map((_, index) => 1.5 * (at96[index >> 1] ?? 0) * (index % 2 === 0 ? 1 : 1 / 3));
    expect(distance(await vectorOf({ samples: stereo, sampleRate: 96_000, channels: 2 }), reference('audio_embeds'))).toBeLessThan(0.01);
    expect(distance(await vectorOf(wandering(3, RATE)), reference('audio_embeds'))).toBeGreaterThan(0.02);
  });

  test('the same audio gives the same bits, however long it is: nothing is cropped at random', async () => {
    const audio = wandering(10.5, 44_100);
    expect(await vectorOf(audio)).toEqual(await vectorOf(audio));
  });
});

describe('audio longer than a window', () => {
  test('is the mean direction of windows that cover it evenly', async () => {
    const audio = wandering(25, RATE);
    const windows = await Promise.all([0, 7.5, 15].map((start) => vectorOf(part(audio, start, start + 10))));
    expect(distance(await vectorOf(audio), meanOf(windows))).toBeLessThan(1e-6);
  });

  test('windows that are silent have no say', async () => {
    const audio = wandering(20, RATE);
    audio.samples.fill(0, 10 * RATE);
    expect(distance(await vectorOf(audio), await vectorOf(part(audio, 0, 10)))).toBeLessThan(1e-9);
  });

  test('beyond a minute goes to the host in parts, and progress goes up to 1', async () => {
    const audio = wandering(61, RATE);
    const before = hosts.calls.length;
    const fractions: number[] = [];
    const embedding = await embedder.embed(sourceOf(audio), { ...free(), onProgress: (fraction) => fractions.push(fraction) });
    const sizes = hosts.calls.slice(before).map(({ tensors }) => tensors?.['audio']?.shape);
    expect(sizes).toEqual([
      [1_464_000, 1],
      [1_464_000, 1],
    ]);
    const halves = await Promise.all([part(audio, 0, 30.5), part(audio, 30.5, 61)].map(vectorOf));
    // Both halves have four windows, but the sums of their directions are not equally long: near, not equal.
    expect(distance(embedding?.vector ?? [], meanOf(halves))).toBeLessThan(0.01);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1, 9);
  });
});

describe('what has no vector, or is no audio', () => {
  test('silence and a whisper below −80 dBFS have none; one sample has one', async () => {
    expect(await embedder.embed(sourceOf(silence(2)), free())).toBeNull();
    expect(await embedder.embed(sourceOf(silence(61, RATE)), free())).toBeNull();
    const faint = wandering(1, RATE);
    expect(await embedder.embed(sourceOf({ ...faint, samples: faint.samples.map((value) => value * 1e-4) }), free())).toBeNull();
    const one = await embedder.embed(sourceOf({ samples: Float32Array.of(0.5), sampleRate: RATE, channels: 1 }), free());
    expect(Math.hypot(...(one?.vector ?? []))).toBeCloseTo(1, 12);
    // At a third of the model's rate it becomes three; at three times its rate none, and that is silence.
    expect(await embedder.embed(sourceOf({ samples: Float32Array.of(0.5), sampleRate: 192_000, channels: 1 }), free())).toBeNull();
  });

  test('NaN, no samples, three channels, more than a minute at once are refused', async () => {
    const refusal = (audio: AudioBuffer): Promise<string> =>
      failureOf(loaded.run('embed-audio', { sampleRate: audio.sampleRate }, audioTensor(audio), io()));
    const bad = wandering(0.1, RATE);
    bad.samples[4_000] = NaN;
    expect(await refusal(bad)).toMatch(/GRYM_MODEL_TASK_INVALID.*sample 4000 of the audio is NaN/);
    expect(await refusal({ samples: new Float32Array(0), sampleRate: RATE, channels: 1 })).toMatch(/no samples/);
    expect(await refusal({ samples: new Float32Array(9), sampleRate: RATE, channels: 3 })).toMatch(/1 to 2 channels/);
    expect(await refusal(silence(61, 1_000))).toMatch(/at most 60 s/);
  });

  test('a signal that has fired ends the work', async () => {
    const signal = AbortSignal.abort();
    const work = loaded.run('embed-audio', { sampleRate: RATE }, audioTensor(wandering(1, RATE)), io(signal));
    expect(await failureOf(work)).toMatch(/GRYM_CANCELLED/);
  });
});
