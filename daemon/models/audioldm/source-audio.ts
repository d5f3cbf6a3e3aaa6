import { GrymError } from '../../kernel/index.js';
import type { Tensors } from '../hosts/tensor.js';
import { logMel } from '../signal/log-mel.js';
import { resampleInSteps, toMono } from '../signal/resample.js';
import type { AudioLdmGeometry } from './layout.js';

/** Interleaved. */
export interface SourceAudio {
  readonly samples: Float32Array;
  readonly channels: number;
  readonly sampleRate: number;
}

/** As the model hears it: mono, at its rate, without mean, its peak at 0.5. */
export interface HeardSource {
  readonly samples: Float32Array;
  /** What brings something of the model's level back to that of the source. */
  readonly gain: number;
}

const HEARD_PEAK = 0.5;
const SILENT_PEAK = 1e-6;
// AudioLDM's transform; the bands and the hop are the vocoder's.
const TRANSFORM_SIZE = 1024;
const HIGHEST_HZ = 8000;

const invalid = (reason: string): GrymError => new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'AudioLDM', reason });

/** The tensor `source`: float32, [frames] or [frames, channels] with one or two. Throws GRYM_MODEL_TASK_INVALID. */
export function sourceOf(tensors: Tensors, sampleRate: number): SourceAudio {
  const tensor = tensors['source'];
  if (tensor?.type !== 'float32') throw invalid('it needs the tensor source, float32');
  const [frames = 0, channels = 1] = tensor.shape;
  if (tensor.shape.length > 2 || channels < 1 || channels > 2 || frames < 1 || frames * channels !== tensor.data.length)
    throw invalid(`the source has the shape [${tensor.shape.join(', ')}]; [frames] or [frames, 1 or 2] was expected`);
  return { samples: tensor.data, channels, sampleRate };
}

/** Of silence: silence, and the gain 1. */
export async function hear(source: SourceAudio, geometry: AudioLdmGeometry, signal: AbortSignal): Promise<HeardSource> {
  const mono = toMono(source.samples, source.channels);
  const rates = { channels: 1, fromRate: source.sampleRate, toRate: geometry.sampleRate };
  const samples = Float32Array.from(await resampleInSteps(mono, rates, signal));
  let sum = 0;
  for (const sample of samples) sum += sample;
  const mean = sum / Math.max(1, samples.length);
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample - mean));
  if (!(peak > SILENT_PEAK)) return { samples: new Float32Array(samples.length), gain: 1 };
  for (let index = 0; index < samples.length; index += 1) samples[index] = (((samples[index] ?? 0) - mean) / peak) * HEARD_PEAK;
  return { samples, gain: peak / HEARD_PEAK };
}

/** For the VAE: rows·vaeFactor frames × bands. What the source is too short for is silence; what is beyond is cut. */
export function melOf(samples: Float32Array, rows: number, geometry: AudioLdmGeometry): Float32Array {
  const { hop, vaeFactor, melBands, sampleRate } = geometry;
  const frames = rows * vaeFactor;
  const padded = new Float32Array(Math.max(TRANSFORM_SIZE, frames * hop));
  padded.set(samples.subarray(0, padded.length));
  const highestHz = Math.min(HIGHEST_HZ, sampleRate / 2);
  return logMel(padded, frames, { sampleRate, size: TRANSFORM_SIZE, hop, bands: melBands, lowestHz: 0, highestHz });
}
