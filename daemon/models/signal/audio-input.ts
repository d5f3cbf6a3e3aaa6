import { GrymError } from '../../kernel/index.js';
import type { Tensor } from '../hosts/tensor.js';
import { resampleInSteps, toMono } from './resample.js';

// Taken out of the global object once: it is looked at for every sample.
const { isFinite } = Number;

export interface AudioInputOptions {
  /** Of the audio that came, Hz. */
  readonly sampleRate: number;
  /** Of the model, Hz. */
  readonly modelRate: number;
  /** As messages call it. */
  readonly model: string;
  readonly maximumSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * The audio that a runner was sent, as one channel at the model's rate. `audio`: float32, [frames] or [frames, 1 … 2]. Throws
 * GRYM_MODEL_TASK_INVALID where it is none, is longer than `maximumSeconds`, or holds samples that are no numbers.
 */
export async function monoAudio(audio: Tensor | undefined, options: AudioInputOptions): Promise<Float32Array> {
  const { sampleRate, modelRate, model, maximumSeconds, signal } = options;
  const refused = (reason: string): GrymError => new GrymError('GRYM_MODEL_TASK_INVALID', { model, reason });
  if (audio?.type !== 'float32') throw refused(`expected the audio as float32 samples, got ${audio?.type ?? 'nothing'}`);
  const [frames = 0, channels = 1, ...rest] = audio.shape;
  if (audio.shape.length === 0 || rest.length > 0 || channels < 1 || channels > 2 || frames * channels !== audio.data.length) {
    throw refused(`expected audio of the shape [frames] or [frames, 1 to 2 channels], got [${audio.shape.join(', ')}]`);
  }
  if (frames === 0) throw refused('the audio has no samples');
  if (frames > maximumSeconds * sampleRate) {
    throw refused(`expected at most ${maximumSeconds} s of audio at once, got ${(frames / sampleRate).toFixed(1)} s`);
  }
  const wrong = audio.data.findIndex((value) => !isFinite(value));
  if (wrong >= 0) throw refused(`sample ${wrong} of the audio is ${audio.data[wrong]}, which is no number to hear`);
  return resampleInSteps(toMono(audio.data, channels), { channels: 1, fromRate: sampleRate, toRate: modelRate }, signal);
}

/** The greatest magnitude; 0 of nothing. */
export function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (const value of samples) if (value > peak || -value > peak) peak = Math.abs(value);
  return peak;
}
