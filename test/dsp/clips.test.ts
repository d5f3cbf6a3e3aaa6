import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { dsp, renderPlan, splitChannels } from './analysis/dsp-module.js';
import { chroma } from './analysis/features.js';

// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { abs, max, round } = Math;

const INSTRUMENTS = dsp.describe().instruments;
const RATES = [8_000, 44_100, 48_000, 96_000, 192_000] as const;

const hashOf = (samples: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex')
    .slice(0, 16);

/** The largest step between neighbours, and the largest in the millisecond around the seam. */
function steps(samples: Float32Array, rate: number): { inside: number; seam: number } {
  const frames = samples.length / 2;
  const reach = max(2, round(rate * 0.001));
  let inside = 0;
  let seam = 0;
  for (const channel of [0, 1]) {
    for (let i = 0; i < frames; i += 1) {
      const step = abs((samples[((i + 1) % frames) * 2 + channel] ?? 0) - (samples[i * 2 + channel] ?? 0));
      if (i === frames - 1) seam = max(seam, step);
      else if (i > reach && i < frames - reach) inside = max(inside, step);
    }
  }
  return { inside, seam };
}

describe.each(INSTRUMENTS.map(({ name, tonal }) => ({ name, tonal })))('$name', ({ name, tonal }) => {
  test.each([
    [1, 120, 4, 4],
    [2, 93.7, 7, 8],
    [3, 174, 3, 4],
  ] as const)('seed %d, %d bpm, %d/%d: exact length, level, no click at the seam', (seed, tempoBpm, numerator, denominator) => {
    for (const sampleRate of seed !== 1 ? [44_100] : name === 'drums' || name === 'pad' ? RATES : RATES.slice(0, 4)) {
      const rendered = renderPlan({ instrument: name, seed, tempoBpm, numerator, denominator, sampleRate, bars: 1 });
      expect(rendered.frames).toBe(round(((4 * numerator) / denominator) * (60 / tempoBpm) * sampleRate));
      expect(rendered.samples.length).toBe(rendered.frames * 2);
      expect(rendered.samples.every((value) => Number.isFinite(value))).toBe(true);
      const { inside, seam } = steps(rendered.samples, sampleRate);
      expect(seam).toBeLessThanOrEqual(inside);
      expect(rendered.limitedDb).toBeLessThanOrEqual(3);
      if (tonal) expect(abs((rendered.loudnessLufs ?? 0) + 18)).toBeLessThanOrEqual(1);
      else expect(rendered.peakDbtp).toBeCloseTo(-6, 3);
    }
  });

  test('the same seed gives the same bits, another seed others', () => {
    const first = hashOf(renderPlan({ instrument: name, seed: 7, bars: 1 }).samples);
    expect(hashOf(renderPlan({ instrument: name, seed: 7, bars: 1 }).samples)).toBe(first);
    expect(hashOf(renderPlan({ instrument: name, seed: 8, bars: 1 }).samples)).not.toBe(first);
  });

  test('a one-shot ends in silence and starts with the sound', () => {
    const { samples } = renderPlan({ instrument: name, loop: false, bars: 1 });
    expect(abs(samples.at(-1) ?? 1)).toBeLessThan(1e-4);
    expect(abs(samples.at(-2) ?? 1)).toBeLessThan(1e-4);
    const start = samples.subarray(0, 48_000 / 2).reduce((highest, value) => max(highest, abs(value)), 0);
    expect(start).toBeGreaterThan(0.02);
  });

  test('at the ends of every parameter it stays finite, level and seamless', () => {
    const { parameters } = INSTRUMENTS.find((row) => row.name === name) ?? { parameters: [] };
    for (const move of [-2, 2]) {
      const rendered = renderPlan({
        instrument: name,
        bars: 1,
        sampleRate: 24_000,
        moves: Object.fromEntries(parameters.map((row) => [row.name, row.name.endsWith('Level') ? 0 : move])),
      });
      expect(rendered.samples.every((value) => Number.isFinite(value))).toBe(true);
      expect(rendered.peakDbtp).toBeLessThanOrEqual(-0.9);
      expect(rendered.limitedDb).toBeLessThanOrEqual(3);
      const { inside, seam } = steps(rendered.samples, 24_000);
      expect(seam).toBeLessThanOrEqual(inside);
    }
  });
});

// Nearly sines, and high enough for the spectrum to tell semitones apart: what is left is which notes are played.
const KEY_MOVES = {
  drive: -1,
  fm: -1,
  drift: -1,
  detune: -1,
  vibrato: -1,
  reverb: -1,
  shape: -1,
  sub: -1,
  tone: -0.1,
  tine: -1,
  octave: 0.25,
  noteLength: 1,
};

describe('music', () => {
  test.each([
    ['bass', 9, 'minor', [9, 11, 0, 2, 4, 5, 7]],
    ['bass', 6, 'dorian', [6, 8, 9, 11, 1, 3, 4]],
    ['pad', 0, 'major', [0, 2, 4, 5, 7, 9, 11]],
    ['keys', 3, 'minor', [3, 5, 6, 8, 10, 11, 1]],
  ] as const)('%s keeps to its key (root %d, %s)', (instrument, keyRoot, scale, allowed) => {
    for (const seed of [1, 2, 3, 4]) {
      const clip = splitChannels(renderPlan({ instrument, keyRoot, scale, seed, bars: 4, moves: KEY_MOVES }), 48_000, 120);
      const classes = chroma(clip);
      const inKey = allowed.reduce<number>((sum, pitchClass) => sum + (classes[pitchClass] ?? 0), 0);
      // Overtones may lie beside the scale (the seventh partial does); a wrong note would carry more than this.
      expect(inKey).toBeGreaterThan(0.93);
    }
  });

  test('every genre plays on every instrument, in odd metres too', () => {
    for (const genre of dsp.describe().genres) {
      for (const { name } of INSTRUMENTS.filter((row) => ['drums', 'bass', 'keys', 'clap'].includes(row.name))) {
        const rendered = renderPlan({ instrument: name, genre, bars: 1, numerator: 5, denominator: 8, sampleRate: 16_000 });
        expect({ genre, name, events: rendered.events }).toMatchObject({ events: expect.any(Number) });
        expect(rendered.events).toBeGreaterThan(0);
      }
    }
  });

  test('kick drums of house stand on the beat', () => {
    const { samples } = renderPlan({ instrument: 'kick', genre: 'house', bars: 1, tempoBpm: 120, moves: { reverb: -1 } });
    for (let beat = 0; beat < 4; beat += 1) {
      const at = beat * 24_000;
      const level = (from: number): number =>
        samples.subarray(2 * from, 2 * (from + 480)).reduce((highest, value) => max(highest, abs(value)), 0);
      expect(level(at)).toBeGreaterThan(0.2);
      if (beat > 0) expect(level(at - 480)).toBeLessThan(0.1);
    }
  });
});

describe('bit for bit', () => {
  // Made on x86-64 with GCC 12 -O3. The arithmetic is IEEE double and float only (native/dsp/README.md), so that any machine
  // and compiler which keep to IEEE 754 must find the same; a change of sound changes them, on purpose, together with the version.
  test.each([
    ['kick', 'none', '168686659cafa576'],
    ['drums', 'house', 'e84da5c54e8a5b93'],
    ['bass', 'techno', '90555f7e31be1371'],
    ['pad', 'ambient', 'b6bd32abb1634798'],
    ['keys', 'lo-fi', 'af96d5e768a1795b'],
  ])('%s %s', (instrument, genre, golden) => expect(hashOf(renderPlan({ instrument, genre, seed: 42, bars: 1 }).samples)).toBe(golden));
});
