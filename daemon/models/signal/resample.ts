// Sample rates inside a model host. The addon blocks the thread that calls it and may crash it: nothing that the daemon itself imports imports this file.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { findPackageRoot, GrymError, messageOf, throwIfCancelled } from '../../kernel/index.js';

/** A stream at another rate: however it is cut into pushes, the same samples come out, none of them delayed. */
export interface StreamResampler {
  /** Interleaved, whole frames. What can be told so far. */
  push(samples: Float32Array): Float32Array;
  /** The rest, so that all in all round(frames × toRate ÷ fromRate) frames have come out. Once, as the last call. */
  finish(): Float32Array;
}

interface ResamplingAddon {
  readonly resample: (
    order: { samples: Float32Array; channels: number; sampleRate: number; targetRate: number },
    control: Int32Array,
  ) => { samples: Float32Array } | null;
  readonly Resampler: new (channels: number, fromRate: number, toRate: number) => StreamResampler;
}

const SLICE_FRAMES = 131_072;

let loaded: ResamplingAddon | undefined;

function addon(): ResamplingAddon {
  const path = join(findPackageRoot(), 'build/native/dsp.node');
  try {
    loaded ??= createRequire(import.meta.url)(path) as ResamplingAddon;
    return loaded;
  } catch (error) {
    throw new GrymError('GRYM_WORKSHOP_MODULE_MISSING', { path, reason: messageOf(error) }, { cause: error });
  }
}

/** Calls the addon; what it refuses is the caller's error, with its words. */
function told<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'memory')
      throw new GrymError('GRYM_WORKSHOP_MEMORY', {}, { cause: error });
    throw new GrymError('GRYM_WORKSHOP_REFUSED', { reason: messageOf(error) }, { cause: error });
  }
}

/**
 * Interleaved samples of 1 to 64 channels at another rate, at once: exactly round(frames × toRate ÷ fromRate) frames, not delayed, flat to 90 %
 * of the lower Nyquist frequency, aliases 140 dB down. The rates may differ by a factor of 256. What is no number becomes silence. Equal
 * rates give the samples that came. Throws GRYM_WORKSHOP_REFUSED, GRYM_WORKSHOP_MEMORY,
 * GRYM_WORKSHOP_MODULE_MISSING.
 */
export function resample(samples: Float32Array, channels: number, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate || samples.length === 0) return samples;
  const order = { samples, channels, sampleRate: fromRate, targetRate: toRate };
  return told(() => addon().resample(order, new Int32Array(2)))?.samples ?? new Float32Array(0);
}

/** For audio that comes in pieces. Throws as `resample` does. */
export function createStreamResampler(channels: number, fromRate: number, toRate: number): StreamResampler {
  const { Resampler } = addon();
  return told(() => new Resampler(channels, fromRate, toRate));
}

/** As `resample`, to the same bits; the event loop turns after each few seconds of audio, and the work stops where the signal has fired. */
export async function resampleInSteps(
  samples: Float32Array,
  rates: { readonly channels: number; readonly fromRate: number; readonly toRate: number },
  signal: AbortSignal,
): Promise<Float32Array> {
  const { channels, fromRate, toRate } = rates;
  if (fromRate === toRate || samples.length === 0) return samples;
  const stream = createStreamResampler(channels, fromRate, toRate);
  const out = new Float32Array(Math.round(((samples.length / channels) * toRate) / fromRate) * channels);
  let at = 0;
  const take = (part: Float32Array): void => {
    out.set(part, at);
    at += part.length;
  };
  for (let from = 0; from < samples.length; from += SLICE_FRAMES * channels) {
    throwIfCancelled(signal, 'converting the sample rate');
    take(told(() => stream.push(samples.subarray(from, from + SLICE_FRAMES * channels))));
    await setImmediate();
  }
  take(told(() => stream.finish()));
  return out;
}

/** The mean of the channels. One channel is handed through. */
export function toMono(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;
  const mono = new Float32Array(Math.floor(samples.length / channels));
  for (let frame = 0; frame < mono.length; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += samples[frame * channels + channel] ?? 0;
    mono[frame] = sum / channels;
  }
  return mono;
}
