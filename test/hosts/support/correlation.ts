/** The lag of the best match, and how good it is (1 = identical up to a gain). */
export interface Match {
  readonly lag: number;
  readonly coefficient: number;
}

/**
 * Finds `pattern` in `signal`: normalised cross-correlation Σ s·p / √(Σ s² · Σ p²) over the lags `first` … `last`
 * (`lag` = index in `signal` of the pattern's first sample).
 */
export function findPattern(signal: Float32Array, pattern: Float32Array, first: number, last: number): Match {
  let best: Match = { lag: first, coefficient: -1 };
  let patternEnergy = 0;
  for (const value of pattern) patternEnergy += value * value;
  for (let lag = Math.max(0, first); lag <= last && lag + pattern.length <= signal.length; lag += 1) {
    let product = 0;
    let energy = 0;
    for (let index = 0; index < pattern.length; index += 1) {
      const value = signal[lag + index] ?? 0;
      product += value * (pattern[index] ?? 0);
      energy += value * value;
    }
    const coefficient = energy === 0 ? 0 : product / Math.sqrt(energy * patternEnergy);
    if (coefficient > best.coefficient) best = { lag, coefficient };
  }
  return best;
}

/** The largest absolute sample of a stretch. */
export function peakOf(signal: Float32Array, from: number, to: number): number {
  let peak = 0;
  for (let index = from; index < Math.min(to, signal.length); index += 1) peak = Math.max(peak, Math.abs(signal[index] ?? 0));
  return peak;
}
