import { describe, expect, test } from '@jest/globals';
import { isGrymError } from '../../daemon/kernel/index.js';
import { createStreamResampler, resample, resampleInSteps, toMono } from '../../daemon/models/signal/resample.js';
import { channelOf, interleaved, noise, sine } from './workshop/signals.js';

const { abs, cos, hypot, log10, round, sin, PI } = Math;
const decibels = (ratio: number): number => 20 * log10(ratio);

const PAIRS = [
  [48_000, 16_000],
  [44_100, 48_000],
  [16_000, 48_000],
  [44_100, 16_000],
  [192_000, 44_100],
] as const;

/** Amplitude of the sine of that frequency, and what is there beside it, by least squares over the middle. */
function toneIn(samples: Float32Array, hertz: number, rate: number): { amplitude: number; rest: number } {
  const [from, to] = [round(samples.length * 0.1), round(samples.length * 0.9)];
  const step = (2 * PI * hertz) / rate;
  let [s, c, ss, cc, sc] = [0, 0, 0, 0, 0];
  for (let i = from; i < to; i += 1) {
    const [a, b, x] = [sin(step * i), cos(step * i), samples[i] ?? 0];
    s += x * a;
    c += x * b;
    ss += a * a;
    cc += b * b;
    sc += a * b;
  }
  const determinant = ss * cc - sc * sc;
  const [p, q] = [(s * cc - c * sc) / determinant, (c * ss - s * sc) / determinant];
  let rest = 0;
  for (let i = from; i < to; i += 1) rest += ((samples[i] ?? 0) - p * sin(step * i) - q * cos(step * i)) ** 2;
  return { amplitude: hypot(p, q), rest: Math.sqrt((2 * rest) / (to - from)) };
}

const loudest = (samples: Float32Array): number => samples.reduce((most, value) => Math.max(most, abs(value)), 0);

/** Jest looks at one sample after the other; of many that is slow. */
const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

function streamed(samples: Float32Array, channels: number, from: number, to: number, pieces: readonly number[]): Float32Array {
  const stream = createStreamResampler(channels, from, to);
  const parts: Float32Array[] = [];
  for (let at = 0, turn = 0; at < samples.length; turn += 1) {
    const size = (pieces[turn % pieces.length] ?? 1) * channels;
    parts.push(stream.push(samples.subarray(at, at + size)));
    at += size;
  }
  parts.push(stream.finish());
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

describe.each(PAIRS)('from %d to %d Hz', (from, to) => {
  const nyquist = Math.min(from, to) / 2;

  test.each([0.02, 0.4, 0.9])(
    'a tone at %d of the Nyquist frequency keeps frequency and level within 0.01 dB, 120 dB above all else',
    (share) => {
      const { amplitude, rest } = toneIn(resample(sine(share * nyquist, 0.4, 0.5, from), 1, from, to), share * nyquist, to);
      expect(abs(decibels(amplitude / 0.5))).toBeLessThan(0.01);
      expect(decibels(rest / 0.5)).toBeLessThan(-120);
    },
  );

  test('a tone that the target cannot hold is 90 dB down at least', () => {
    const above = [1.001, 1.02, 1.2, 1.7].map((share) => share * nyquist).filter((hertz) => hertz < from / 2);
    for (const hertz of above) {
      const out = resample(sine(hertz, 0.4, 0.5, from), 1, from, to);
      // Without the edges: a tone that begins at once holds all frequencies.
      const middle = out.subarray(round(out.length * 0.1), round(out.length * 0.9));
      expect(decibels(loudest(middle) / 0.5)).toBeLessThan(-90);
    }
  });

  test('an impulse stays at its time', () => {
    const impulse = new Float32Array(from / 10);
    const frame = from / 100;
    impulse[frame] = 1;
    const out = resample(impulse, 1, from, to);
    const centre = out.reduce((best, value, index) => (abs(value) > abs(out[best] ?? 0) ? index : best), 0);
    expect(centre).toBe(to / 100);
    // As high as the target's band is wide: the filter falls from all to nothing between 95 and 100 % of it.
    expect(out[centre] ?? 0).toBeCloseTo(0.975 * Math.min(1, to / from), 2);
  });
});

test.each([
  [1, 1, 256, 256],
  [127, 256, 1, 0],
  [128, 256, 1, 1],
  [10, 1, 256, 2560],
  [1_000, 256, 1, 4],
  [5, 44_100, 48_000, 5],
  [7, 48_000, 44_100, 6],
  [44_101, 44_100, 16_000, 16_000],
  [44_102, 44_100, 16_000, 16_001],
])('%d frames at %d Hz are exactly, at %d Hz, %d', (frames, from, to, expected) => {
  expect(resample(noise(1, 5, 0.5, frames), 1, from, to)).toHaveLength(expected);
});

test.each([
  [44_100, 16_000, 8_001],
  [16_000, 48_000, 8_001],
  [48_000, 47_999, 8_001],
  [100, 25_600, 201],
  [25_600, 100, 8_001],
])('as a stream in pieces of any size, %d to %d Hz gives the same bits as at once', async (from, to, frames) => {
  const stereo = noise(1, 3, 0.5, 2 * frames);
  const once = resample(stereo, 2, from, to);
  for (const pieces of [[frames], [1, 7, 4_096], [997]]) expect(sameBits(streamed(stereo, 2, from, to, pieces), once)).toBe(true);
  const { signal } = new AbortController();
  expect(sameBits(await resampleInSteps(stereo, { channels: 2, fromRate: from, toRate: to }, signal), once)).toBe(true);
});

test('the channels do not touch each other', () => {
  const [left, right] = [noise(0.2, 1), noise(0.2, 2)];
  const both = resample(interleaved(left, right), 2, 48_000, 16_000);
  expect(sameBits(channelOf(both, 2, 0), resample(left, 1, 48_000, 16_000))).toBe(true);
  expect(sameBits(channelOf(both, 2, 1), resample(right, 1, 48_000, 16_000))).toBe(true);
});

test('equal rates give the samples that came, and what is no number becomes silence', () => {
  const samples = noise(0.1);
  expect(resample(samples, 1, 48_000, 48_000)).toBe(samples);
  const bad = samples.map((value, index) => [value, NaN, Infinity, -Infinity, 1e9][index % 5] ?? 0);
  const good = samples.map((value, index) => (index % 5 === 0 ? value : 0));
  expect(sameBits(resample(bad, 1, 48_000, 16_000), resample(good, 1, 48_000, 16_000))).toBe(true);
});

test('what cannot be is refused in words', () => {
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return isGrymError(error, 'GRYM_WORKSHOP_REFUSED') ? error.message : String(error);
    }
    return 'no error';
  };
  expect(refusal(() => resample(noise(0.1), 1, 1_000, 257_000))).toMatch(/may differ by a factor of 256, got 1000 Hz to 257000 Hz/);
  expect(refusal(() => resample(noise(0.1), 65, 48_000, 16_000))).toMatch(/channels/);
  expect(refusal(() => resample(new Float32Array(3), 2, 48_000, 16_000))).toMatch(/no whole number of frames/);
  expect(refusal(() => createStreamResampler(1, NaN, 16_000))).toMatch(/at least 1 Hz/);
  expect(refusal(() => createStreamResampler(2, 48_000, 16_000).push(new Float32Array(3)))).toMatch(/no whole number of frames/);
  const ended = createStreamResampler(1, 48_000, 16_000);
  ended.finish();
  expect(refusal(() => ended.push(new Float32Array(1)))).toMatch(/has ended/);
});

test('conversion in steps stops where the signal has fired', async () => {
  const stop = new AbortController();
  const work = resampleInSteps(noise(8), { channels: 1, fromRate: 48_000, toRate: 16_000 }, stop.signal);
  stop.abort();
  await expect(work).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('mono is the mean of the channels', () => {
  expect(toMono(Float32Array.of(1, 0, 0.5, -0.5, -1, -0.5), 2)).toEqual(Float32Array.of(0.5, 0, -0.75));
  const mono = noise(0.01);
  expect(toMono(mono, 1)).toBe(mono);
});
