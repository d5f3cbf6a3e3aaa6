import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { VaryOrder, SamplesOrder } from '../../daemon/audio/workshop/workshop-messages.js';
import { renderPlan } from './analysis/dsp-module.js';
import { analyse, mono, stereo, vary } from './workshop/native-workshop.js';
import { channelOf, sine } from './workshop/signals.js';

const { abs, max } = Math;

const drums = renderPlan({ instrument: 'drums', genre: 'house', tempoBpm: 120, bars: 4 });
/** Every beat of 120 BPM at 48 kHz. */
const beats = Float64Array.from({ length: 15 }, (_, index) => (index + 1) * 24_000);
const PLAN: Omit<VaryOrder, keyof SamplesOrder> = { seed: 1, strength: 0.5, cuts: beats, targetFrames: drums.frames, kind: 'vary' };

/** Energy of the difference against the energy of the source. */
function difference(a: Float32Array, b: Float32Array): number {
  let apart = 0;
  let whole = 0;
  for (let i = 0; i < b.length; i += 1) {
    apart += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    whole += (b[i] ?? 0) ** 2;
  }
  return apart / whole;
}

function steepest(samples: Float32Array): number {
  let most = 0;
  for (let i = 1; i < samples.length; i += 1) most = max(most, abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  return most;
}

describe('vary', () => {
  test('is the same for a seed, bit for bit, and another for another', () => {
    // The source is made of whole numbers, so that nothing but the variation is in the hash.
    const source = Float32Array.from({ length: 96_000 }, (_, i) => (((i * i) % 2_048) - 1_024) / 4_096);
    const plan = { ...PLAN, cuts: Float64Array.from([12_000, 24_000, 36_000, 48_000, 60_000, 72_000, 84_000]), targetFrames: 96_000 };
    const hashOf = (seed: number, kind: 'vary' | 'continue'): string => {
      const { samples } = vary(mono(source), { ...plan, seed, kind });
      return createHash('sha256')
        .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
        .digest('hex')
        .slice(0, 16);
    };
    expect(hashOf(7, 'vary')).toBe(hashOf(7, 'vary'));
    expect(hashOf(8, 'vary')).not.toBe(hashOf(7, 'vary'));
    expect([hashOf(7, 'vary'), hashOf(7, 'continue')]).toMatchInlineSnapshot(`
      [
        "f43c9b05f2d2551d",
        "86c35e71458e5fe9",
      ]
    `);
  });

  test('a greater strength changes more', () => {
    const differences = [0, 0.33, 0.66, 1].map((strength) => {
      const seeds = [1, 2, 3, 4, 5, 6].map((seed) =>
        difference(vary(stereo(drums.samples), { ...PLAN, seed, strength }).samples, drums.samples),
      );
      return seeds.reduce((sum, value) => sum + value, 0) / seeds.length;
    });
    expect(differences[0]).toBeGreaterThan(0);
    expect(differences[0]).toBeLessThan(0.3);
    differences.slice(1).forEach((value, index) => expect(value).toBeGreaterThan(1.2 * (differences[index] ?? 0)));
  });

  test('keeps length, tempo and channels, and says what it did', () => {
    const { samples, changes } = vary(stereo(drums.samples), { ...PLAN, strength: 0.7 });
    expect(samples).toHaveLength(drums.samples.length);
    expect(abs((analyse(stereo(samples)).tempoBpm?.value ?? 0) - 120)).toBeLessThan(0.6);
    expect(changes.join(' ')).toMatch(/of 16 slices/);
    const counted = changes.reduce((sum, change) => sum + Number(/^\d+/.exec(change)?.[0]), 0);
    expect(counted).toBe(16);
  });

  test('does not click at its cuts, nor where the loop comes round', () => {
    // A low tone is cut anywhere in its period: without a cross-fade the step would be up to twice its level.
    const tone = sine(110, 4);
    const cuts = Float64Array.from({ length: 30 }, (_, index) => 6_007 * (index + 1));
    for (const seed of [1, 2, 3]) {
      for (const kind of ['vary', 'continue'] as const) {
        const { samples } = vary(mono(tone), { ...PLAN, seed, strength: 1, cuts, targetFrames: tone.length, kind });
        expect(steepest(samples)).toBeLessThan(3 * steepest(tone));
        expect(abs((samples[0] ?? 0) - (samples.at(-1) ?? 0))).toBeLessThan(0.05);
      }
    }
  });

  test('without a place to cut it is refused', () => {
    expect(() => vary(mono(sine(110, 1)), { ...PLAN, cuts: new Float64Array(), targetFrames: 48_000 })).toThrow(/no place to be cut/);
  });
});

describe('continue', () => {
  test.each([1, 5_000, 96_000, 384_000, 1_000_001])('is exactly %d frames long', (targetFrames) => {
    expect(vary(stereo(drums.samples), { ...PLAN, kind: 'continue', targetFrames }).samples).toHaveLength(targetFrames * 2);
  });

  test('keeps the tempo, is like the source and yet no copy of it', () => {
    const { samples } = vary(stereo(drums.samples), { ...PLAN, kind: 'continue', strength: 0.3 });
    const [source, after] = [analyse(stereo(drums.samples)), analyse(stereo(samples))];
    expect(abs((after.tempoBpm?.value ?? 0) - 120)).toBeLessThan(0.6);
    const apart = Math.hypot(...source.descriptors.map((value, index) => value - (after.descriptors[index] ?? 0)));
    expect(apart).toBeLessThan(0.8);
    expect(difference(samples, drums.samples)).toBeGreaterThan(0.02);
    expect(channelOf(samples, 2, 0).some((value) => value !== 0)).toBe(true);
  });
});
