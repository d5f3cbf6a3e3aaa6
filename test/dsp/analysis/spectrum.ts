// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { cos, sin, PI } = Math;

/** Power spectrum by a radix-2 FFT with a Hann window; own code, so that tests owe nothing to what they test. */
export function powerSpectrum(samples: Float32Array, start: number, size: number): Float64Array {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const { cosines } = tableFor(size);
  for (let i = 0; i < size; i += 1) real[i] = (samples[start + i] ?? 0) * (0.5 - 0.5 * (cosines[i] ?? 0));
  transform(real, imaginary);
  const power = new Float64Array(size / 2);
  for (let i = 0; i < size / 2; i += 1) power[i] = (real[i] ?? 0) ** 2 + (imaginary[i] ?? 0) ** 2;
  return power;
}

const tables = new Map<number, { readonly cosines: Float64Array; readonly sines: Float64Array }>();

function tableFor(size: number): { readonly cosines: Float64Array; readonly sines: Float64Array } {
  const known = tables.get(size);
  if (known !== undefined) return known;
  const cosines = Float64Array.from({ length: size }, (_, i) => cos((2 * PI * i) / size));
  const sines = Float64Array.from({ length: size }, (_, i) => sin((2 * PI * i) / size));
  const made = { cosines, sines };
  tables.set(size, made);
  return made;
}

function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j] ?? 0, real[i] ?? 0];
      [imaginary[i], imaginary[j]] = [imaginary[j] ?? 0, imaginary[i] ?? 0];
    }
  }
  const { cosines, sines } = tableFor(size);
  for (let length = 2; length <= size; length *= 2) {
    const half = length / 2;
    const step = size / length;
    // Block by block, so that what is worked on stays in the cache.
    for (let start = 0; start < size; start += length) {
      for (let offset = 0; offset < half; offset += 1) {
        const cosine = cosines[offset * step] ?? 0;
        const sine = -(sines[offset * step] ?? 0);
        const i = start + offset;
        const j = i + half;
        const r = (real[j] ?? 0) * cosine - (imaginary[j] ?? 0) * sine;
        const m = (real[j] ?? 0) * sine + (imaginary[j] ?? 0) * cosine;
        real[j] = (real[i] ?? 0) - r;
        imaginary[j] = (imaginary[i] ?? 0) - m;
        real[i] = (real[i] ?? 0) + r;
        imaginary[i] = (imaginary[i] ?? 0) + m;
      }
    }
  }
}

/** Power per bin, summed over the whole clip with half-overlapping windows. */
export function averageSpectrum(samples: Float32Array, size: number): Float64Array {
  const sum = new Float64Array(size / 2);
  const hop = size / 2;
  for (let start = 0; start === 0 || start + size <= samples.length; start += hop) {
    const power = powerSpectrum(samples, start, size);
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + (power[i] ?? 0);
  }
  return sum;
}

/** The inverse transform of a power spectrum, for lags of 0 to `highest` frames. */
export function autocorrelation(power: Float64Array, highest: number): Float64Array {
  const size = power.length * 2;
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let i = 1; i < power.length; i += 1) real[i] = real[size - i] = power[i] ?? 0;
  transform(real, imaginary);
  return real.subarray(0, highest + 1);
}

export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? 0;
  return sum;
}

export function mean(values: ArrayLike<number>): number {
  return values.length === 0 ? 0 : total(values) / values.length;
}
