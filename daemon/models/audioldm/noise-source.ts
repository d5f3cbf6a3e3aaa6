import { fillNormal } from '../signal/normal-deviates.js';
import { keyOfSeed } from '../signal/philox.js';

/** `initial`: where denoising begins; `step`: the randomness of a step with eta > 0; `kept`: over the part that stays, at each step. */
export const NOISE_USES = ['initial', 'step', 'kept'] as const;
export type NoiseUse = (typeof NOISE_USES)[number];

export interface NoiseDraw {
  readonly use: NoiseUse;
  /** Of the steps that are taken, from 0; 0 for the initial noise. */
  readonly step: number;
  /** Of the request, from 0. */
  readonly candidate: number;
  readonly rows: number;
}

/** Where the loop gets standard normal noise from. */
export interface NoiseSource {
  /** Writes the noise of one candidate's latents, row-major [channels, rows, width], to `out`. */
  draw(draw: NoiseDraw, out: Float32Array): void;
}

/**
 * Noise by seed. Candidate i of seed s has the noise of seed s + i alone. The value at (channel, row, column) is deviate number
 * (row·channels + channel)·width + column of its stream, so that it does not depend on the number of rows: a longer clip begins with the
 * noise of a shorter one.
 */
export function seededNoise(seed: number, shape: { readonly channels: number; readonly width: number }): NoiseSource {
  const { channels, width } = shape;
  return {
    draw({ use, step, candidate, rows }, out) {
      const key = keyOfSeed(BigInt(seed) + BigInt(candidate));
      const stream = { use: NOISE_USES.indexOf(use), count: step };
      const byTime = new Float32Array(out.length);
      fillNormal(byTime, 0, byTime.length, 0, key, stream);
      for (let row = 0; row < rows; row += 1) {
        for (let channel = 0; channel < channels; channel += 1) {
          const from = (row * channels + channel) * width;
          out.set(byTime.subarray(from, from + width), (channel * rows + row) * width);
        }
      }
    },
  };
}
