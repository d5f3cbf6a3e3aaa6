import { cosineOfTurns } from '../signal/elementary.js';
import { createFft, type Fft } from '../signal/fft.js';
import { createMelBank, type MelBand } from '../signal/mel-bank.js';
import type { ClapFeatureOptions } from './layout.js';

// Taken out of the global object once: it is looked at for every band of every frame.
const { log10 } = Math;
const FLOOR = 1e-10;

/**
 * Exactly one window of audio. Shorter audio is repeated as often as it fits whole and followed by silence (`repeatpad`), repeated and cut
 * (`repeat`), or followed by silence (`pad`), as transformers' ClapFeatureExtractor does. At least one sample, at most a window.
 */
export function paddedWindow(samples: Float32Array, { windowSamples, padding }: ClapFeatureOptions): Float32Array {
  if (samples.length === windowSamples) return samples;
  const padded = new Float32Array(windowSamples);
  const whole = Math.floor(windowSamples / samples.length) * samples.length;
  const filled = padding === 'repeat' ? windowSamples : padding === 'repeatpad' ? whole : samples.length;
  for (let at = 0; at < filled; at += samples.length) padded.set(samples.subarray(0, Math.min(samples.length, filled - at)), at);
  return padded;
}

/**
 * Where windows of longer audio begin: as few as cover it, evenly from its first sample to its last. (The reference takes one at random;
 * averaging all is the same on each run and hears everything.)
 */
export function windowStarts(length: number, windowSamples: number): number[] {
  const count = Math.max(1, Math.ceil(length / windowSamples));
  return Array.from({ length: count }, (_, index) => (count === 1 ? 0 : Math.round((index * (length - windowSamples)) / (count - 1))));
}

/** Mel spectrograms of one model, in decibels. */
export class ClapFeatures {
  private readonly fft: Fft;
  private readonly bank: readonly MelBand[];
  private readonly window: Float64Array;

  constructor(private readonly options: ClapFeatureOptions) {
    this.fft = createFft(options.size);
    this.bank = createMelBank(options);
    this.window = Float64Array.from({ length: options.size }, (_, index) => 0.5 - 0.5 * cosineOfTurns(index / options.size));
  }

  /** Of one window: 1,001 with a window of 10 s. */
  get frames(): number {
    return Math.floor(this.options.windowSamples / this.options.hop) + 1;
  }

  /**
   * Frames × bands, row-major: 10·log10(max(Σ weight·|X|², 1e-10)) of Hann windows that stand centred on the samples 0, hop, 2·hop, …, the
   * edges reflected. `samples`: one padded window. Two frames share a transform, one as the real and one as the imaginary part.
   */
  compute(samples: Float32Array): Float32Array {
    const { size, bands } = this.options;
    const out = new Float32Array(this.frames * bands);
    const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
    const [first, second] = [new Float64Array(size / 2 + 1), new Float64Array(size / 2 + 1)];
    for (let frame = 0; frame < this.frames; frame += 2) {
      this.cut(samples, frame, real);
      this.cut(samples, frame + 1, imaginary);
      this.fft.transform(real, imaginary);
      powers(real, imaginary, first, second);
      this.weigh(first, out, frame);
      if (frame + 1 < this.frames) this.weigh(second, out, frame + 1);
    }
    return out;
  }

  private cut(samples: Float32Array, frame: number, into: Float64Array): void {
    const { size, hop } = this.options;
    const { window } = this;
    const start = frame * hop - size / 2;
    const end = samples.length;
    for (let index = 0; index < size; index += 1) {
      let at = start + index;
      if (at < 0) at = -at;
      else if (at >= end) at = 2 * (end - 1) - at;
      into[index] = (samples[at] ?? 0) * (window[index] ?? 0);
    }
  }

  private weigh(power: Float64Array, out: Float32Array, frame: number): void {
    let at = frame * this.options.bands;
    for (const { firstBin, weights } of this.bank) {
      let sum = 0;
      for (let index = 0; index < weights.length; index += 1) sum += (weights[index] ?? 0) * (power[firstBin + index] ?? 0);
      out[at] = 10 * log10(sum > FLOOR ? sum : FLOOR);
      at += 1;
    }
  }
}

/** |A|² and |B|² of two real signals a and b from Z, the transform of a + ib: A = (Z[k] + Z*[−k]) ÷ 2, B = (Z[k] − Z*[−k]) ÷ 2i. */
function powers(real: Float64Array, imaginary: Float64Array, first: Float64Array, second: Float64Array): void {
  const size = real.length;
  for (let bin = 0; bin <= size / 2; bin += 1) {
    const mirror = bin === 0 ? 0 : size - bin;
    const sumRe = (real[bin] ?? 0) + (real[mirror] ?? 0);
    const sumIm = (imaginary[bin] ?? 0) + (imaginary[mirror] ?? 0);
    const differenceRe = (real[bin] ?? 0) - (real[mirror] ?? 0);
    const differenceIm = (imaginary[bin] ?? 0) - (imaginary[mirror] ?? 0);
    first[bin] = (sumRe * sumRe + differenceIm * differenceIm) / 4;
    second[bin] = (sumIm * sumIm + differenceRe * differenceRe) / 4;
  }
}
