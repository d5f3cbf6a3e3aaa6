import { setImmediate as turn } from 'node:timers/promises';
import type { AudioBuffer, WorkshopOptions } from '../../audio/index.js';
import { throwIfCancelled } from '../../kernel/index.js';
import { waveFile } from './wave-file.js';

/** What listening models are trained on. */
export const LISTENING_RATE = 16_000;
/** Shorter ones are filled up with silence: encoders refuse them. */
const SHORTEST_SECONDS = 1;
/** Below this peak there is nothing to hear. */
const SILENCE = 10 ** (-60 / 20);
/** So many samples are worked through in a few milliseconds; then others have their turn. */
const SLICE = 400_000;

export type Resample = (audio: AudioBuffer, targetRate: number, options: WorkshopOptions) => Promise<AudioBuffer>;

export interface PartRange {
  readonly startFrame: number;
  readonly frames: number;
}

/**
 * At most `maximumParts` of at most `partFrames`: all of the audio in equal parts where that is enough, else parts of full length, evenly
 * spread from the beginning to the end.
 */
export function choosePartRanges(totalFrames: number, partFrames: number, maximumParts: number): PartRange[] {
  const needed = Math.max(1, Math.ceil(totalFrames / partFrames));
  const count = Math.min(needed, maximumParts);
  const isWhole = needed <= maximumParts;
  const edge = (index: number): number => Math.round((totalFrames * index) / count);
  return Array.from({ length: count }, (_, index) => {
    if (isWhole) return { startFrame: edge(index), frames: edge(index + 1) - edge(index) };
    const share = count === 1 ? 0.5 : index / (count - 1);
    return { startFrame: Math.round((totalFrames - partFrames) * share), frames: partFrames };
  });
}

interface Mono {
  readonly samples: Float32Array;
  readonly peak: number;
}

/** The mean of all channels over a range, and its peak; other work has its turn in between. */
async function mixedDown({ samples, channels }: AudioBuffer, range: PartRange, signal: AbortSignal): Promise<Mono> {
  const mono = new Float32Array(range.frames);
  let peak = 0;
  const step = Math.max(1, Math.floor(SLICE / channels));
  for (let from = 0; from < range.frames; from += step) {
    throwIfCancelled(signal, 'listening to the audio');
    const end = Math.min(range.frames, from + step);
    for (let frame = from; frame < end; frame += 1) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) sum += samples[(range.startFrame + frame) * channels + channel] ?? 0;
      const mean = sum / channels;
      mono[frame] = mean;
      if (mean > peak || -mean > peak) peak = mean < 0 ? -mean : mean;
    }
    await turn();
  }
  return { samples: mono, peak };
}

function filledUp(samples: Float32Array): Float32Array {
  const shortest = SHORTEST_SECONDS * LISTENING_RATE;
  if (samples.length >= shortest) return samples;
  const filled = new Float32Array(shortest);
  filled.set(samples);
  return filled;
}

/** A part as the server gets it: 16 kHz, mono, WAV in base64. Null for silence. */
export async function preparePart(audio: AudioBuffer, range: PartRange, resample: Resample, signal: AbortSignal): Promise<string | null> {
  const { samples, peak } = await mixedDown(audio, range, signal);
  if (!(peak > SILENCE)) return null;
  const mono = { samples, sampleRate: audio.sampleRate, channels: 1 };
  const listened = audio.sampleRate === LISTENING_RATE ? mono : await resample(mono, LISTENING_RATE, { signal });
  const wav = (await waveFile(filledUp(listened.samples), LISTENING_RATE)).toString('base64');
  await turn();
  return wav;
}
