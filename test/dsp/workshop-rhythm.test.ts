import { describe, expect, test } from '@jest/globals';
import { renderPlan } from './analysis/dsp-module.js';
import { analyse, mono, stereo } from './workshop/native-workshop.js';
import { channelOf, chordSound, clicksAt, concatenated, noise, pulse, sine } from './workshop/signals.js';

const { abs, min } = Math;
const nearest = (time: number, truth: readonly number[]): number => min(...truth.map((other) => abs(other - time)));

describe('onsets', () => {
  test('of clicks are found to 2 ms, all of them and no others, also at the very start', () => {
    const truth = [0, 0.31, 0.38, 0.9, 1.4, 1.44, 2.2, 2.93];
    const { onsetSeconds, onsetsPerSecond } = analyse(mono(clicksAt(truth, 3.2)));
    expect(onsetSeconds).toHaveLength(truth.length);
    for (const onset of onsetSeconds) expect(nearest(onset, truth)).toBeLessThan(0.002);
    expect(onsetsPerSecond).toBeCloseTo(truth.length / 3.2, 5);
  });

  test('of struck chords are found to 10 ms', () => {
    const chords = [60, 65, 67, 60].map((root) => chordSound([root, root + 4, root + 7], 0.75));
    const { onsetSeconds } = analyse(mono(concatenated(chords)));
    expect(onsetSeconds).toHaveLength(4);
    onsetSeconds.forEach((onset, index) => expect(abs(onset - index * 0.75)).toBeLessThan(0.01));
  });

  test('a steady tone begins once, steady noise at most twice a second', () => {
    expect(analyse(mono(sine(440, 3))).onsetSeconds).toHaveLength(1);
    expect(analyse(mono(noise(3))).onsetSeconds.length).toBeLessThanOrEqual(6);
  });

  test('at every sample rate', () => {
    for (const rate of [8_000, 22_050, 44_100, 96_000, 192_000]) {
      const truth = [0.2, 0.7, 1.3];
      const { onsetSeconds } = analyse(mono(clicksAt(truth, 1.6, rate), rate));
      expect(onsetSeconds).toHaveLength(3);
      for (const onset of onsetSeconds) expect(nearest(onset, truth)).toBeLessThan(0.004);
    }
  });
});

describe('tempo and beats', () => {
  test.each([55, 60, 66, 72, 80, 87.5, 93, 100, 110, 118.4, 120, 128, 133, 140, 150, 160, 170, 174, 180])(
    'of clicks at %d BPM: within 0.1 %, beats within 5 ms',
    (tempoBpm) => {
      const truth = pulse(tempoBpm, 9, 0.13);
      const { tempoBpm: found, beatSeconds } = analyse(mono(clicksAt(truth, 9, 24_000), 24_000));
      expect(abs((found?.value ?? 0) / tempoBpm - 1)).toBeLessThan(0.001);
      expect(found?.confidence).toBeGreaterThan(0.8);
      expect(beatSeconds.length).toBeGreaterThanOrEqual(truth.length - 2);
      for (const beat of beatSeconds) expect(nearest(beat, truth)).toBeLessThan(0.005);
    },
  );

  test("of the generator's drum loops, 5 genres × 4 tempos: 16 of 20 within 0.5 %, the others an octave off", () => {
    const ratios: number[] = [];
    for (const genre of ['house', 'techno', 'hip-hop', 'drum-and-bass', 'trap']) {
      for (const tempoBpm of [78, 108, 128, 172]) {
        const { samples } = renderPlan({ instrument: 'drums', genre, tempoBpm, bars: 2, seed: tempoBpm });
        ratios.push((analyse(stereo(samples)).tempoBpm?.value ?? 0) / tempoBpm);
      }
    }
    expect(ratios.filter((ratio) => abs(ratio - 1) < 0.005).length).toBeGreaterThanOrEqual(16);
    for (const ratio of ratios) expect(nearest(ratio, [0.5, 1, 2])).toBeLessThan(0.02);
  });

  test('is null where nothing pulses: a tone, noise, silence, three strokes', () => {
    for (const samples of [sine(220, 5), noise(5), new Float32Array(240_000), clicksAt([0.3, 1.7, 2.2], 5)]) {
      const { tempoBpm, beatSeconds } = analyse(mono(samples));
      expect(tempoBpm).toBeNull();
      expect(beatSeconds).toEqual([]);
    }
  });

  test('does not depend on the level or on the channel', () => {
    const left = clicksAt(pulse(104, 6), 6);
    const quiet = left.map((value) => value * 0.01);
    const onlyRight = new Float32Array(left.length * 2);
    left.forEach((value, index) => (onlyRight[2 * index + 1] = value));
    const truth = analyse(mono(left)).tempoBpm?.value ?? 0;
    expect(analyse(mono(quiet)).tempoBpm?.value).toBeCloseTo(truth, 1);
    expect(analyse(stereo(onlyRight)).tempoBpm?.value).toBeCloseTo(truth, 1);
    expect(channelOf(onlyRight, 2, 1)).toEqual(left);
  });
});
