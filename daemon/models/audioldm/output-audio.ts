import { resampleInSteps } from '../signal/resample.js';
import type { SourceAudio } from './source-audio.js';

export interface OutputFormat {
  readonly sampleRate: number;
  /** Exact length: cut, or padded with silence. */
  readonly frames: number;
}

/** Part of the source that is made anew, in seconds. */
export interface NewPart {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Over which the old part becomes the new one, just outside it. */
export const CROSSFADE_SECONDS = 0.02;

/** Interleaved stereo of mono or stereo, `frames` long. */
function toStereo(samples: Float32Array, channels: number, frames: number): Float32Array {
  const stereo = new Float32Array(frames * 2);
  const present = Math.min(frames, Math.floor(samples.length / channels));
  for (let frame = 0; frame < present; frame += 1) {
    stereo[frame * 2] = samples[frame * channels] ?? 0;
    stereo[frame * 2 + 1] = samples[frame * channels + channels - 1] ?? 0;
  }
  return stereo;
}

/** The model's mono at the wanted rate and length, the same in both channels. */
export async function render(
  waveform: Float32Array,
  fromRate: number,
  { sampleRate, frames }: OutputFormat,
  signal: AbortSignal,
): Promise<Float32Array> {
  return toStereo(await resampleInSteps(waveform, { channels: 1, fromRate, toRate: sampleRate }, signal), 1, frames);
}

/** The source at the wanted rate and length. */
export async function renderSource(source: SourceAudio, { sampleRate, frames }: OutputFormat, signal: AbortSignal): Promise<Float32Array> {
  const { samples, channels } = source;
  const rates = { channels, fromRate: source.sampleRate, toRate: sampleRate };
  return toStereo(await resampleInSteps(samples, rates, signal), channels, frames);
}

/** What was made, interleaved stereo, and where it lies in the whole. */
export interface MadeWindow {
  readonly samples: Float32Array;
  readonly firstFrame: number;
}

/**
 * Puts the new part of `made` into `whole`, interleaved stereo, in place: outside of it, and of the crossfades just around it, every sample
 * stays as it is. From `sourceFrames` on there is no source, so that all is new there.
 */
export function splice(whole: Float32Array, made: MadeWindow, part: NewPart, sampleRate: number, sourceFrames: number): void {
  const from = Math.min(sourceFrames, part.fromSeconds * sampleRate);
  const to = part.toSeconds * sampleRate;
  const fade = Math.max(1, CROSSFADE_SECONDS * sampleRate);
  const end = Math.min(whole.length, made.firstFrame * 2 + made.samples.length) / 2;
  for (let frame = made.firstFrame; frame < end; frame += 1) {
    const distance = Math.max(from - frame, frame < sourceFrames ? frame - to : 0, 0);
    const share = Math.max(0, 1 - distance / fade);
    for (let index = frame * 2; share > 0 && index < frame * 2 + 2; index += 1) {
      whole[index] = share * (made.samples[index - made.firstFrame * 2] ?? 0) + (1 - share) * (whole[index] ?? 0);
    }
  }
}

/** 1 for each row of latents that stays, 0 for one that the new part touches or for which there is no source. */
export function keptRows(part: NewPart, rows: number, secondsPerRow: number, sourceSeconds: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => {
    const [begin, end] = [row * secondsPerRow, (row + 1) * secondsPerRow];
    const isNew = (end > part.fromSeconds && begin < part.toSeconds) || end > sourceSeconds;
    return isNew ? 0 : 1;
  });
}
