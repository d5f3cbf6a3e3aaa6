export interface MelBankOptions {
  readonly sampleRate: number;
  /** Of the transform, in samples. */
  readonly size: number;
  readonly bands: number;
  readonly lowestHz: number;
  readonly highestHz: number;
}

/** Triangular filters over the bins 0 … size/2 of a spectrum; each holds its non-zero weights only. */
export interface MelBand {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

const LINEAR_HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1000;
const BREAK_MEL = BREAK_HZ / LINEAR_HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** Slaney's scale (Auditory Toolbox 1998): linear to 1 kHz, logarithmic above. */
export function hzToMel(hz: number): number {
  return hz < BREAK_HZ ? hz / LINEAR_HZ_PER_MEL : BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP;
}

export function melToHz(mel: number): number {
  return mel < BREAK_MEL ? mel * LINEAR_HZ_PER_MEL : BREAK_HZ * Math.exp(LOG_STEP * (mel - BREAK_MEL));
}

/** Slaney's filter bank with its norm (each triangle has the area 1 in Hz), as librosa.filters.mel makes it by default. */
export function createMelBank({ sampleRate, size, bands, lowestHz, highestHz }: MelBankOptions): MelBand[] {
  const lowest = hzToMel(lowestHz);
  const step = (hzToMel(highestHz) - lowest) / (bands + 1);
  const corners = Array.from({ length: bands + 2 }, (_, index) => melToHz(lowest + index * step));
  return Array.from({ length: bands }, (_, band) => {
    const [left = 0, centre = 0, right = 0] = corners.slice(band, band + 3);
    const all = Array.from({ length: size / 2 + 1 }, (__, bin) => {
      const hz = (bin * sampleRate) / size;
      const height = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre));
      return (Math.max(0, height) * 2) / (right - left);
    });
    const firstBin = Math.max(
      0,
      all.findIndex((weight) => weight > 0),
    );
    const lastBin = all.findLastIndex((weight) => weight > 0);
    return { firstBin, weights: Float64Array.from(all.slice(firstBin, lastBin + 1)) };
  });
}
