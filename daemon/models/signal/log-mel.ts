import { cosineOfTurns } from './elementary.js';
import { createFft } from './fft.js';
import { createMelBank, type MelBankOptions } from './mel-bank.js';

export interface LogMelOptions extends MelBankOptions {
  /** Between the centres of two frames, in samples. */
  readonly hop: number;
}

const FLOOR = 1e-5;

/** Without repeating the edge; any distance is folded back. */
function reflected(index: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}

/**
 * Frames × bands, row-major: ln(max(Σ weight·|X|, 1e-5)) of Hann windows of `size` samples that stand centred on the samples 0, hop, 2·hop, …,
 * the edges reflected; X is the unscaled spectrum. At least one sample. What AudioLDM is trained on (its TacotronSTFT).
 */
export function logMel(samples: Float32Array, frames: number, options: LogMelOptions): Float32Array {
  const { size, hop, bands } = options;
  const fft = createFft(size);
  const bank = createMelBank(options);
  const window = Float64Array.from({ length: size }, (_, index) => 0.5 - 0.5 * cosineOfTurns(index / size));
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const magnitudes = new Float64Array(size / 2 + 1);
  const out = new Float32Array(frames * bands);
  for (let frame = 0; frame < frames; frame += 1) {
    const start = frame * hop - size / 2;
    for (let index = 0; index < size; index += 1) {
      const at = start + index;
      const sample = samples[at >= 0 && at < samples.length ? at : reflected(at, samples.length)] ?? 0;
      real[index] = sample * (window[index] ?? 0);
    }
    imaginary.fill(0);
    fft.transform(real, imaginary);
    for (let bin = 0; bin <= size / 2; bin += 1) magnitudes[bin] = Math.sqrt((real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2);
    for (const [band, { firstBin, weights }] of bank.entries()) {
      let sum = 0;
      for (let index = 0; index < weights.length; index += 1) sum += (weights[index] ?? 0) * (magnitudes[firstBin + index] ?? 0);
      out[frame * bands + band] = Math.log(Math.max(sum, FLOOR));
    }
  }
  return out;
}
