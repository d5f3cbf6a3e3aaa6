import { afterAll, expect, test } from '@jest/globals';
import { createAudioWorkshop, type AudioBuffer } from '../../../daemon/audio/index.js';
import { resample } from '../../../daemon/models/signal/resample.js';

const shop = createAudioWorkshop();
const free = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

afterAll(() => shop.dispose());

function noisy(seconds: number, sampleRate: number): AudioBuffer {
  const samples = new Float32Array(seconds * sampleRate * 2);
  for (let i = 0; i < samples.length; i += 1) samples[i] = ((i * 7_919) % 1_000) / 1_000 - 0.5;
  return { samples, sampleRate, channels: 2 };
}

test("the workshop converts a sample rate as the models' hosts do, to the same bits", async () => {
  const audio = noisy(1, 44_100);
  const fractions: number[] = [];
  const { samples, ...facts } = await shop.resample(audio, 48_000, { ...free(), onProgress: (fraction) => fractions.push(fraction) });
  expect(facts).toEqual({ sampleRate: 48_000, channels: 2 });
  expect(samples).toHaveLength(96_000);
  expect(Buffer.from(samples.buffer).equals(Buffer.from(resample(audio.samples, 2, 44_100, 48_000).buffer))).toBe(true);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});

test('a cancel is answered, and the thread is free for what comes next', async () => {
  const stop = new AbortController();
  const long = shop.resample(noisy(60, 48_000), 44_100, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(long).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect((await shop.resample(noisy(0.01, 48_000), 96_000, free())).samples).toHaveLength(1_920);
});

test.each([
  [{ ...noisy(0.01, 48_000), sampleRate: 3_999 }, 48_000, /sample rate must lie in 4000/],
  [noisy(0.01, 48_000), 768_001, /target rate must lie in 4000 to 768000, got 768001/],
  [noisy(0.01, 48_000), NaN, /target rate/],
  [{ ...noisy(0.01, 48_000), samples: new Float32Array(0) }, 44_100, /no samples/],
])('what cannot be is refused (%#)', async (audio, rate, words) => {
  await expect(shop.resample(audio, rate, free())).rejects.toMatchObject({
    code: 'GRYM_WORKSHOP_REFUSED',
    message: expect.stringMatching(words) as unknown,
  });
});
