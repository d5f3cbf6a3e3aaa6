import { cosineOfTurns, sineOfTurns } from './elementary.js';

/** Discrete Fourier transform of one size, in float64 and in place. */
export interface Fft {
  readonly size: number;
  /** X[k] = Σ x[n]·e^(−2πikn/size), without scaling. Both arrays have `size` values. */
  transform(real: Float64Array, imaginary: Float64Array): void;
}

/** Radix 2 (Cooley and Tukey 1965, decimation in time). Size: a power of two. Throws RangeError for another one. */
export function createFft(size: number): Fft {
  if (!Number.isInteger(Math.log2(size)) || size < 1) throw new RangeError(`The size of an FFT is a power of two, not ${size}`);
  const bits = Math.round(Math.log2(size));
  const reversed = new Uint32Array(size);
  for (let index = 1; index < size; index += 1) reversed[index] = ((reversed[index >>> 1] ?? 0) >>> 1) | ((index & 1) << (bits - 1));
  const cosines = Float64Array.from({ length: size / 2 }, (_, index) => cosineOfTurns(index / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, index) => -sineOfTurns(index / size));

  const reorder = (values: Float64Array): void => {
    for (let index = 0; index < size; index += 1) {
      const other = reversed[index] ?? 0;
      if (other <= index) continue;
      const kept = values[index] ?? 0;
      values[index] = values[other] ?? 0;
      values[other] = kept;
    }
  };

  return {
    size,
    transform(real, imaginary) {
      reorder(real);
      reorder(imaginary);
      for (let half = 1; half < size; half *= 2) {
        const stride = size / (2 * half);
        for (let start = 0; start < size; start += 2 * half) {
          for (let offset = 0; offset < half; offset += 1) {
            const upper = start + offset;
            const lower = upper + half;
            const c = cosines[offset * stride] ?? 1;
            const s = sines[offset * stride] ?? 0;
            const re = (real[lower] ?? 0) * c - (imaginary[lower] ?? 0) * s;
            const im = (real[lower] ?? 0) * s + (imaginary[lower] ?? 0) * c;
            real[lower] = (real[upper] ?? 0) - re;
            imaginary[lower] = (imaginary[upper] ?? 0) - im;
            real[upper] = (real[upper] ?? 0) + re;
            imaginary[upper] = (imaginary[upper] ?? 0) + im;
          }
        }
      }
    },
  };
}
