import { describe, expect, test } from '@jest/globals';
import { renderPlan } from './analysis/dsp-module.js';
import { powerSpectrum } from './analysis/spectrum.js';
import { analyse, fit, mono, RATE, stereo } from './workshop/native-workshop.js';
import { channelOf, clicksAt, noise, pulse, rms, sine } from './workshop/signals.js';

const { abs, log, max, round } = Math;

/** Frequency of the strongest sine, by the parabola through the peak of a 32,768-point spectrum. */
function pitchOf(samples: Float32Array): number {
  const size = 32_768;
  const power = powerSpectrum(samples, 8_000, size);
  let peak = 1;
  for (let bin = 1; bin < power.length; bin += 1) if ((power[bin] ?? 0) > (power[peak] ?? 0)) peak = bin;
  const [a, b, c] = [-1, 0, 1].map((offset) => log(power[peak + offset] ?? 1e-30)) as [number, number, number];
  return ((peak + (0.5 * (a - c)) / (a - 2 * b + c)) * RATE) / size;
}

/** The greatest step between neighbouring samples. */
function steepest(samples: Float32Array, from = 1, to = samples.length): number {
  let most = 0;
  for (let i = max(1, from); i < to; i += 1) most = max(most, abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  return most;
}

/** From the last sample to the first, where the loop comes round, against the steepest step anywhere else. */
function seamOf(samples: Float32Array, channels: number): number {
  const steps = Array.from({ length: channels }, (_, channel) => {
    const own = channelOf(samples, channels, channel);
    return abs((own[0] ?? 0) - (own.at(-1) ?? 0)) / steepest(own);
  });
  return max(...steps);
}

describe('pitch', () => {
  test.each([-12, -7, -1, 0.5, 1, 4, 12])('a sine moved by %d semitones is within 2 cents, as long as before', (semitones) => {
    const { samples } = fit(mono(sine(440, 1.5)), { semitones });
    expect(samples).toHaveLength(72_000);
    expect(abs(1200 * Math.log2(pitchOf(samples) / (440 * 2 ** (semitones / 12))))).toBeLessThan(2);
  });
});

describe('tempo', () => {
  test.each([
    [120, 90],
    [120, 126],
    [100, 128],
    [174, 140],
  ] as const)('clicks from %d to %d BPM: within 0.1 %, no stroke more than 20 ms off', (from, to) => {
    // prettier-ignore
    const { samples } = fit(mono(clicksAt(pulse(from, 8), 8)), { tempoRatio: to / from });
    expect(samples).toHaveLength(round((8 * RATE * from) / to));
    const { tempoBpm, onsetSeconds } = analyse(mono(samples));
    expect(abs((tempoBpm?.value ?? 0) / to - 1)).toBeLessThan(0.001);
    onsetSeconds.forEach((onset) => expect(abs(onset - (round((onset * to) / 60) * 60) / to)).toBeLessThan(0.02));
  });

  test('the pitch stays', () => {
    expect(abs(1200 * Math.log2(pitchOf(fit(mono(sine(440, 2)), { tempoRatio: 1.3 }).samples) / 440))).toBeLessThan(2);
  });
});

describe('length', () => {
  test.each([1, 999, 47_999, 48_000, 48_001, 100_000])('is exactly %d frames', (targetFrames) => {
    expect(fit(mono(noise(1)), { targetFrames }).samples).toHaveLength(targetFrames);
    expect(fit(mono(noise(1)), { targetFrames, tempoRatio: 1.07, seamlessLoop: true }).samples).toHaveLength(targetFrames);
  });

  test('what is cut fades out, what is padded ends in silence, and both are said', () => {
    const cut = fit(mono(sine(200, 1)), { targetFrames: 30_000 });
    expect(abs(cut.samples.at(-1) ?? 1)).toBeLessThan(0.001);
    expect(cut.changes.join()).toMatch(/Cut from 48000 to 30000 frames/);
    const padded = fit(mono(sine(200, 1)), { targetFrames: 60_000 });
    expect(rms(padded.samples.subarray(48_000))).toBe(0);
    expect(padded.changes.join()).toMatch(/Padded/);
  });

  test('nothing asked for is nothing done', () => {
    const samples = sine(200, 1);
    const { samples: same, changes } = fit(mono(samples), {});
    expect(same).toEqual(samples);
    expect(changes).toEqual([]);
  });
});

describe('loudness', () => {
  const clips = ['drums', 'bass', 'pad'].map((instrument) => renderPlan({ instrument, bars: 2 }).samples);

  test.each([-23, -18, -14])('is %d LUFS within 0.1, no peak above −1 dBTP', (targetLoudnessLufs) => {
    for (const samples of clips) {
      const fitted = fit(stereo(samples), { targetLoudnessLufs, ceilingDbtp: -1 });
      const measured = analyse(stereo(fitted.samples));
      expect(abs((measured.loudnessLufs ?? 0) - targetLoudnessLufs)).toBeLessThan(0.1);
      expect(measured.peakDbtp).toBeLessThanOrEqual(-1);
      expect(fitted.loudnessLufs).toBeCloseTo(measured.loudnessLufs ?? 0, 3);
    }
  });

  test('that cannot be had without crushing it is not, and that is said', () => {
    const { samples, changes } = fit(mono(clicksAt(pulse(120, 4), 4)), { targetLoudnessLufs: -6, ceilingDbtp: -1 });
    const { loudnessLufs, peakDbtp } = analyse(mono(samples));
    expect(loudnessLufs).toBeLessThan(-8);
    expect(peakDbtp).toBeLessThanOrEqual(-1);
    expect(changes.join()).toMatch(/would need more than 6 dB of limiting/);
  });

  test('the ceiling holds without a loudness, too', () => {
    const { samples, changes } = fit(mono(noise(1, 1, 0.99)), { ceilingDbtp: -6 });
    expect(analyse(mono(samples)).peakDbtp).toBeLessThanOrEqual(-6);
    expect(changes.join()).toMatch(/Turned down/);
  });
});

describe('seamless loop', () => {
  test('a tone that does not fit its length is closed where it does', () => {
    const source = sine(233.3, 1.507);
    expect(seamOf(source, 1)).toBeGreaterThan(3);
    const { samples, changes } = fit(mono(source), { seamlessLoop: true });
    expect(seamOf(samples, 1)).toBeLessThan(1.5);
    expect(samples.length).toBeGreaterThan(0.7 * source.length);
    expect(changes.join()).toMatch(/The loop closes at/);
  });

  test('a loop of the generator stays one when it is stretched and transposed', () => {
    for (const instrument of ['pad', 'bass']) {
      const { samples } = renderPlan({ instrument, bars: 2, tempoBpm: 120 });
      const { samples: fitted } = fit(stereo(samples), { tempoRatio: 128 / 120, semitones: 2, targetFrames: 180_000, seamlessLoop: true });
      expect(fitted).toHaveLength(360_000);
      expect(seamOf(fitted, 2)).toBeLessThan(1.2);
    }
  });

  test('the cross-fade keeps the level: no dip and no bump over it', () => {
    const steady = noise(2, 3);
    const { samples } = fit(mono(steady), { seamlessLoop: true, targetFrames: 80_000 });
    const usual = rms(samples.subarray(40_000, 80_000));
    for (let at = 0; at < 2_400; at += 480) expect(abs(20 * Math.log10(rms(samples.subarray(at, at + 480)) / usual))).toBeLessThan(1.2);
  });
});
