import { describe, expect, test } from '@jest/globals';
import { analyse, mono, RATE, stereo } from './workshop/native-workshop.js';
import { clicksAt, interleaved, noise, pulse, sine } from './workshop/signals.js';

const TOTAL_DB = 20 * Math.log10(0.5);

describe('level', () => {
  test('a 997 Hz sine at −20 dBFS in both channels is −20 LUFS, in one −23', () => {
    const tone = sine(997, 4, 0.1);
    const silent = new Float32Array(tone.length);
    expect(analyse(stereo(interleaved(tone, tone))).loudnessLufs).toBeCloseTo(-20, 1);
    expect(analyse(stereo(interleaved(tone, silent))).loudnessLufs).toBeCloseTo(-23.01, 1);
    expect(analyse(mono(tone)).loudnessLufs).toBeCloseTo(-23.01, 1);
  });

  test('the true peak lies between the samples', () => {
    // Four samples for each period, 45° off: every sample is 3 dB below the peak.
    const samples = Float32Array.from({ length: RATE }, (_, i) => 0.5 * Math.sin((Math.PI / 2) * i + Math.PI / 4));
    expect(analyse(mono(samples)).peakDbtp).toBeGreaterThan(TOTAL_DB - 0.2);
    expect(analyse(mono(samples)).peakDbtp).toBeLessThan(TOTAL_DB + 0.2);
  });
});

describe('colour', () => {
  test.each([110, 440, 1_000, 4_000, 10_000])('the brightness of a sine of %d Hz is its frequency', (hertz) => {
    const { brightnessHz, spectralFlatness } = analyse(mono(sine(hertz, 2)));
    expect(Math.abs((brightnessHz ?? 0) / hertz - 1)).toBeLessThan(0.1);
    expect(spectralFlatness).toBeLessThan(0.01);
  });

  test('white noise is flat, bright, and spread by the width of the bands', () => {
    const { spectralFlatness, brightnessHz, spectralBalance } = analyse(mono(noise(4)));
    expect(spectralFlatness).toBeGreaterThan(0.9);
    expect(brightnessHz).toBeGreaterThan(11_000);
    expect(brightnessHz).toBeLessThan(13_000);
    const balance = Object.values(spectralBalance ?? {});
    [120, 380, 1_500, 4_000, 18_000].forEach((width, index) => expect(balance[index]).toBeCloseTo(width / 24_000, 1));
    expect(balance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  test.each([
    [60, 'sub'],
    [300, 'low'],
    [1_000, 'middle'],
    [3_000, 'presence'],
    [9_000, 'air'],
  ] as const)(
    // prettier-ignore
    'a sine of %d Hz is all %s',
    (hertz, band) => expect(analyse(mono(sine(hertz, 2))).spectralBalance?.[band]).toBeGreaterThan(0.97),
  );

  test('tones are harmonic, clicks are not, and both together lie between', () => {
    const tone = sine(500, 4);
    const clicks = clicksAt(pulse(150, 4), 4);
    const both = tone.map((value, index) => value * 0.1 + (clicks[index] ?? 0));
    const [first, second, third] = [tone, clicks, both].map((samples) => analyse(mono(samples)).harmonicShare ?? -1);
    expect(first).toBeGreaterThan(0.95);
    expect(second).toBeLessThan(0.1);
    expect(third).toBeGreaterThan(0.2);
    expect(third).toBeLessThan(0.9);
  });
});

describe('width', () => {
  const tone = sine(300, 2);
  const half = tone.map((value) => value * 0.3);
  test.each([
    ['the same on both sides', interleaved(tone, tone), 0, 0.001],
    ['panned by level', interleaved(tone, half), 0, 0.001],
    ['on one side only', interleaved(tone, new Float32Array(tone.length)), 0, 0.001],
    ['unrelated noises', interleaved(noise(2, 1), noise(2, 99)), 0.98, 1],
    [
      'turned against each other',
      interleaved(
        tone,
        tone.map((value) => -value),
      ),
      0.999,
      1,
    ],
  ])('%s', (_, samples, low, high) => {
    const { stereoWidth, brightnessHz } = analyse(stereo(samples));
    expect(stereoWidth).toBeGreaterThanOrEqual(low);
    expect(stereoWidth).toBeLessThanOrEqual(high);
    // Nothing cancels, not even where the middle is silent.
    expect(brightnessHz).not.toBeNull();
  });
});

describe('nothing to measure', () => {
  test('silence has a duration and nothing else', () => {
    expect(analyse(stereo(new Float32Array(96_000)))).toEqual({
      durationSeconds: 1,
      tempoBpm: null,
      beatSeconds: [],
      onsetSeconds: [],
      onsetsPerSecond: 0,
      key: null,
      chords: [],
      loudnessLufs: null,
      peakDbtp: null,
      brightnessHz: null,
      spectralBalance: null,
      spectralFlatness: null,
      harmonicShare: null,
      stereoWidth: null,
      descriptors: [],
    });
  });

  test.each([1, 2, 17, 100, 959, 5_000])('%d frames are no crash', (frames) => {
    const { durationSeconds, loudnessLufs, tempoBpm } = analyse(
      mono(
        sine(1_000, 1)
          .slice(0, frames)
          .map((value) => value + 0.1),
      ),
    );
    expect(durationSeconds).toBeCloseTo(frames / RATE, 9);
    expect(loudnessLufs).toBeNull();
    expect(tempoBpm).toBeNull();
  });

  test('what is no number counts as silence', () => {
    const samples = sine(440, 1);
    samples[100] = NaN;
    samples[200] = Infinity;
    samples[300] = -1e30;
    const found = analyse(mono(samples));
    for (const value of [found.loudnessLufs, found.peakDbtp, found.brightnessHz, ...found.descriptors])
      expect(Number.isFinite(value)).toBe(true);
  });
});

describe('descriptors', () => {
  const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));

  test('are 48 of about ±1, do not depend on the level, and put like beside like', () => {
    const sounds = [clicksAt(pulse(120, 4), 4), clicksAt(pulse(124, 4), 4), noise(4), sine(200, 4)];
    const [first = [], near = [], ...others] = sounds.map((samples) => analyse(mono(samples)).descriptors);
    for (const vector of [first, near, ...others]) {
      expect(vector).toHaveLength(48);
      for (const value of vector) expect(Math.abs(value)).toBeLessThanOrEqual(1.5);
    }
    for (const other of others) expect(distance(first, near)).toBeLessThan(distance(first, other) / 3);
    const quiet = analyse(mono(clicksAt(pulse(120, 4), 4).map((value) => value * 0.05))).descriptors;
    expect(distance(first, quiet)).toBeLessThan(0.3);
  });
});
