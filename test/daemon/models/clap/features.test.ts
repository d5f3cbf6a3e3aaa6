import { expect, test } from '@jest/globals';
import { ClapFeatures, paddedWindow, windowStarts } from '../../../../daemon/models/clap/features.js';
import { readClapFolder } from '../../../../daemon/models/clap/layout.js';
import { fixture } from '../hearing/bench.js';

const { features: options } = readClapFolder(fixture('clap-mini'));
const counting = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => index + 1);
const { sin } = Math;
const small = { ...options, windowSamples: 12 };

test.each([
  [5, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 0, 0]],
  // Lengths that divide the window: transformers.js 4.3.1 leaves the last repeat away.
  [4, [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]],
  [6, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]],
  [7, [1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0]],
  [12, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  [1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
])('%d samples are repeated as often as they fit whole', (length, expected) => {
  expect([...paddedWindow(counting(length), small)]).toEqual(expected);
});

test('other models repeat and cut, or do not repeat', () => {
  expect([...paddedWindow(counting(5), { ...small, padding: 'repeat' })]).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]);
  expect([...paddedWindow(counting(5), { ...small, padding: 'pad' })]).toEqual([1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0]);
});

test.each([
  [1, [0]],
  [100, [0]],
  [101, [0, 1]],
  [200, [0, 100]],
  [250, [0, 75, 150]],
])('%d samples in windows of 100 begin at %j', (length, starts) => {
  expect(windowStarts(length, 100)).toEqual(starts);
});

test('1,001 frames of 64 bands; silence is the floor, −100 dB; ten times the level is 20 dB more', () => {
  const features = new ClapFeatures(options);
  const silent = features.compute(new Float32Array(options.windowSamples));
  expect(silent).toHaveLength(1_001 * 64);
  expect(silent.every((value) => value === -100)).toBe(true);
  const tone = (level: number): Float32Array =>
    Float32Array.from({ length: options.windowSamples }, (_, index) => level * sin(0.13 * index));
  const [soft, loud] = [features.compute(tone(0.05)), features.compute(tone(0.5))];
  const loudest = loud.subarray(64, 128).reduce((best, value, band, all) => (value > (all[best] ?? 0) ? band : best), 0);
  expect((loud[64 + loudest] ?? 0) - (soft[64 + loudest] ?? 0)).toBeCloseTo(20, 4);
  // 0.13 radians a sample are 993 Hz.
  expect(loudest).toBeGreaterThan(10);
  expect(loudest).toBeLessThan(20);
});
