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

/** How far each of a channel's frames lies from the straight line through the two before it; the loop goes around. */
function bends(samples: Float32Array, channel: number, from: number, to: number): number[] {
  const frames = samples.length / 2;
  const at = (frame: number): number => samples[(((frame % frames) + frames) % frames) * 2 + channel] ?? 0;
  return Array.from({ length: to - from }, (_, i) => abs(at(from + i) - 2 * at(from + i - 1) + at(from + i - 2)));
}

/**
 * A step between the last frame and the first bends the wave at the first two frames. What the sound itself bends is seen in the
 * three milliseconds before and the quarter of one after. More than twice that, and two thousandths, is a click.
 */
function clicksAtSeam(samples: Float32Array, rate: number): boolean {
  const before = max(8, round(rate * 0.003));
  const after = max(8, round(rate * 0.00025));
  return [0, 1].some((channel) => {
    const seam = max(...bends(samples, channel, 0, 2));
    const around = max(...bends(samples, channel, -before, -1), ...bends(samples, channel, 4, after));
    return seam > around * 2 + 0.002;
  });
}

// Dark, without noise and without strokes of their own at the first frame, so that a small click stands out.
const QUIET_AND_DARK = {
  noise: -1,
  air: -1,
  click: -1,
  snap: -1,
  tone: -0.7,
  shaker: -1,
  decay: -0.7,
  openDecay: -1,
  openness: -1,
  density: -0.2,
};

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
      expect(clicksAtSeam(rendered.samples, sampleRate)).toBe(false);
      expect(rendered.limitedDb).toBeLessThanOrEqual(3);
      if (tonal) expect(abs((rendered.loudnessLufs ?? 0) + 18)).toBeLessThanOrEqual(1);
      else expect(rendered.peakDbtp).toBeCloseTo(-6, 3);
    }
  });

  // A hat rises as noise over the whole band even in its first frames: what is planted there must be larger to stand out.
  const planted = name === 'hihat' ? 0.1 : 0.01;
  test(`a slow attack has no click at the seam, and a click of ${planted} planted there would be found`, () => {
    for (const seed of [1, 2]) {
      const { samples } = renderPlan({ instrument: name, seed, bars: 1, moves: { attack: tonal ? 0.5 : 2, ...QUIET_AND_DARK } });
      expect(clicksAtSeam(samples, 48_000)).toBe(false);
      const clicking = samples.slice();
      for (let i = 0; i < 2 * 480; i += 1) clicking[i] = (clicking[i] ?? 0) + planted * (1 - i / 960);
      expect(clicksAtSeam(clicking, 48_000)).toBe(true);
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
      expect(clicksAtSeam(rendered.samples, 24_000)).toBe(false);
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
