import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sourceOf, type AudioBuffer } from '../../../../daemon/audio/index.js';
import type { Embedder } from '../../../../daemon/models/embed.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';
import { resample } from '../../../../daemon/models/signal/resample.js';
import { createWav2Vec2Embedder } from '../../../../daemon/models/wav2vec2/provider.js';
import { runner } from '../../../../daemon/models/wav2vec2/runner.js';
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

let loaded: ModelRunner;
let embedder: Embedder;

beforeAll(async () => {
  loaded = await runner.load(settingsFor(fixture('wav2vec2-mini')));
  embedder = createWav2Vec2Embedder({ hosts: new FakeHosts(loaded), model: hostedModel('wav2vec2'), version: 'abc' });
});
afterAll(() => loaded.dispose());

const reference = (name: string): Float32Array => floats(join(fixture('wav2vec2-mini'), 'reference', `${name}.bin`));
const atModelRate = (): AudioBuffer => ({ samples: reference('waveform'), sampleRate: 16_000, channels: 1 });
const vectorOf = async (audio: AudioBuffer): Promise<readonly number[]> => (await embedder.embed(sourceOf(audio), free()))?.vector ?? [];

describe('the embedder', () => {
  test("gives the reference's vector, in a space that names model and version", async () => {
    const embedding = await embedder.embed(sourceOf(atModelRate()), free());
    expect(embedding?.space).toBe('wav2vec2/wav2vec2-mini/abc');
    expect(distance(embedding?.vector ?? [], reference('embedding'))).toBeLessThan(1e-5);
    expect(Math.hypot(...(embedding?.vector ?? []))).toBeCloseTo(1, 12);
  });

  test('gives the same bits twice', async () => {
    expect(await vectorOf(wandering(1.3, 44_100, 2))).toEqual(await vectorOf(wandering(1.3, 44_100, 2)));
  });

  test('hears audio of any rate, and two channels, as the model does at its own rate', async () => {
    const own = reference('waveform');
    const at48 = resample(own, 1, 16_000, 48_000);
    const stereo = new Float32Array(at48.length * 2).map((_, index) => 1.5 * (at48[index >> 1] ?? 0) * (index % 2 === 0 ? 1 : 1 / 3));
    const vector = await vectorOf({ samples: stereo, sampleRate: 48_000, channels: 2 });
    // What lies above 7.2 kHz is lost on the way there and back, and the fixture's noise has some.
    expect(distance(vector, reference('embedding'))).toBeLessThan(0.05);
    expect(distance(await vectorOf(wandering(2, 48_000, 2)), reference('embedding'))).toBeGreaterThan(0.1);
  });

  test('silence, a whisper below −80 dBFS, one sample and less than a frame have no vector', async () => {
    expect(await embedder.embed(sourceOf(silence(2)), free())).toBeNull();
    const faint = wandering(1, 48_000);
    expect(await embedder.embed(sourceOf({ ...faint, samples: faint.samples.map((value) => value * 1e-4) }), free())).toBeNull();
    expect(await embedder.embed(sourceOf({ samples: Float32Array.of(0.5), sampleRate: 48_000, channels: 1 }), free())).toBeNull();
    expect(await embedder.embed(sourceOf(wandering(0.024, 16_000)), free())).toBeNull();
    expect(await embedder.embed(sourceOf(wandering(0.025, 16_000)), free())).not.toBeNull();
  });

  test('similarity is 1 of a vector with itself, ½ of right angles, 0 of opposites', () => {
    expect(embedder.similarity?.([3, 4], [3, 4])).toBeCloseTo(1, 12);
    expect(embedder.similarity?.([1, 0], [0, 2])).toBe(0.5);
    expect(embedder.similarity?.([1, 0], [-2, 0])).toBe(0);
    expect(() => embedder.similarity?.([1], [1, 2])).toThrow(RangeError);
  });
});

describe('what is no audio is refused, by name', () => {
  const features = (audio: AudioBuffer, params: Record<string, number | string> = {}): Promise<string> =>
    failureOf(loaded.run('features', { sampleRate: audio.sampleRate, ...params }, audioTensor(audio), io()));

  test.each([NaN, Infinity])('a sample that is %d', async (value) => {
    const audio = wandering(0.1, 16_000);
    audio.samples[17] = value;
    expect(await features(audio)).toBe(
      `GRYM_MODEL_TASK_INVALID: The model wav2vec2-mini cannot do this: sample 17 of the audio is ${value}, which is no number to hear.`,
    );
  });

  test('no tensor, no samples, three channels, too much at once, a rate that is none, an unknown parameter, an unknown task', async () => {
    expect(await failureOf(loaded.run('features', { sampleRate: 16_000 }, {}, io()))).toMatch(
      /expected the audio as float32 samples, got nothing/,
    );
    expect(await features({ samples: new Float32Array(0), sampleRate: 16_000, channels: 1 })).toMatch(/has no samples/);
    expect(await features({ samples: new Float32Array(30), sampleRate: 16_000, channels: 3 })).toMatch(/1 to 2 channels\], got \[10, 3\]/);
    expect(await features(silence(61, 1_000))).toMatch(/at most 60 s of audio at once, got 61.0 s/);
    expect(await features(wandering(0.1, 16_000), { sampleRate: 'high' })).toMatch(/sampleRate/);
    expect(await features(wandering(0.1, 16_000), { speed: 2 })).toMatch(/speed/);
    expect(await failureOf(loaded.run('sing', {}, {}, io()))).toMatch(/GRYM_MODEL_TASK_INVALID.*knows no task "sing"/);
  });
});

test('the probe says what works', async () => {
  expect((await loaded.run('probe', {}, {}, io())).result).toEqual({
    works: ['A second of sound becomes a vector of 48 values.', 'Words are written in 32 signs.'],
  });
});

test('a signal that has fired ends the work before the graph runs', async () => {
  const signal = AbortSignal.abort();
  const audio = wandering(1, 48_000);
  expect(await failureOf(loaded.run('features', { sampleRate: 48_000 }, audioTensor(audio), io(signal)))).toMatch(/GRYM_CANCELLED/);
});
