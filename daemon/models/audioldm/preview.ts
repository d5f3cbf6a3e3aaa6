import type { JsonObject } from '../../kernel/index.js';

const FRAMES = 64;
const BANDS = 32;
// From silence (ln 1e-5) to the loudest that music of peak 0.5 has.
const LOWEST = -11.5;
const HIGHEST = 2.5;

/** A small picture of a mel spectrogram: 64 frames × 32 bands, the mean of each field from 0 to 255, row-major in base64. */
export function previewOf(mel: Float32Array, melBands: number, step: number, steps: number): JsonObject {
  const frames = mel.length / melBands;
  const picture = new Uint8Array(FRAMES * BANDS);
  for (let x = 0; x < FRAMES; x += 1) {
    for (let y = 0; y < BANDS; y += 1) picture[x * BANDS + y] = fieldOf(mel, melBands, [x, x + 1].map((at) => (at * frames) / FRAMES), [y, y + 1].map((at) => (at * melBands) / BANDS)); // prettier-ignore
  }
  return { kind: 'preview', step, steps, frames: FRAMES, bands: BANDS, mel: Buffer.from(picture).toString('base64') };
}

function fieldOf(mel: Float32Array, melBands: number, [left = 0, right = 0]: number[], [low = 0, high = 0]: number[]): number {
  let sum = 0;
  let count = 0;
  for (let frame = Math.floor(left); frame < Math.max(Math.floor(left) + 1, Math.floor(right)); frame += 1) {
    for (let band = Math.floor(low); band < Math.max(Math.floor(low) + 1, Math.floor(high)); band += 1) {
      sum += mel[frame * melBands + band] ?? LOWEST;
      count += 1;
    }
  }
  return Math.round(255 * Math.min(1, Math.max(0, (sum / count - LOWEST) / (HIGHEST - LOWEST))));
}
