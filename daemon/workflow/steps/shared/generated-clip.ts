import type { AudioBuffer, Clip, ClipFacts, ClipLibrary, WorkshopOptions } from '../../../audio/index.js';
import { GrymError, whileProgressing } from '../../../kernel/index.js';
import { describeAnalysis, type GeneratedAudio, type GenerateOptions } from '../../../models/index.js';
import { analysisOf, finiteOrNull } from './clips.js';
import type { AudioStepServices } from './services.js';

/** Facts of a clip that a generator made, with the words that it was asked for. */
export function factsOfGenerated(prompt: string, audio: GeneratedAudio): ClipFacts {
  const { samples: _samples, explanation: _explanation, ...facts } = audio;
  // The level of silence is −∞ dB, which neither JSON nor a WAV chunk can hold.
  return { ...facts, prompt, loudnessLufs: finiteOrNull(audio.loudnessLufs), peakDbtp: finiteOrNull(audio.peakDbtp) };
}

/**
 * Runs a generator as long as it gets on, its progress as that of the step's part from 0.05 to 0.85: on a slow processor a large model with many
 * steps takes a quarter of an hour, and one that hangs is not waited for. Throws GRYM_STALLED.
 */
export function withinGenerationTime<T>(
  services: { readonly settings: { readonly generateDeadlineMs: number } },
  options: { readonly signal: AbortSignal; readonly progress: (fraction: number, stage: string) => void },
  make: (options: GenerateOptions) => Promise<T>,
): Promise<T> {
  const milliseconds = services.settings.generateDeadlineMs;
  return whileProgressing({ milliseconds, what: 'generating the clip', signal: options.signal }, (signal, onProgress) =>
    make({
      signal,
      onProgress: (fraction, stage) => {
        onProgress(fraction);
        options.progress(0.05 + 0.8 * fraction, stage);
      },
    }),
  );
}

/** The words that are given, or else those for what was measured of the clip, with a sentence that says which. */
export async function wordsFor(
  services: AudioStepServices,
  clip: string,
  prompt: string | null,
  options: WorkshopOptions,
): Promise<{ prompt: string; said: string }> {
  if (prompt !== null) return { prompt, said: `Words: “${prompt}”.` };
  const analysis = await analysisOf(services, clip, options);
  if (analysis.peakDbtp === null || analysis.peakDbtp < -70) {
    throw new GrymError('GRYM_CLIP_SILENT', { clip: clip.slice(0, 12), what: 'there is nothing in it to work with' });
  }
  const measured = describeAnalysis(analysis).prompt;
  return { prompt: measured, said: `Words: “${measured}”, from what was measured of the clip, since none were given.` };
}

/** Frames that are copied in one turn of the event loop: a millisecond or two. */
const SLICE_FRAMES = 2 ** 17;

/** A copy with as many channels as wanted, each as the first one, or the mean of all where they differ. Long audio is copied slice by slice. */
export async function withChannels({ samples, sampleRate, channels }: AudioBuffer, wanted: number): Promise<AudioBuffer> {
  const frames = samples.length / channels;
  const converted = new Float32Array(frames * wanted);
  for (let start = 0; start < frames; start += SLICE_FRAMES) {
    const end = Math.min(frames, start + SLICE_FRAMES);
    if (channels === wanted) converted.set(samples.subarray(start * channels, end * channels), start * channels);
    else mixSlice(samples, channels, converted, wanted, start, end);
    if (end < frames) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { samples: converted, sampleRate, channels: wanted };
}

function mixSlice(samples: Float32Array, channels: number, converted: Float32Array, wanted: number, start: number, end: number): void {
  for (let frame = start; frame < end; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += samples[frame * channels + channel] ?? 0;
    for (let channel = 0; channel < wanted; channel += 1) converted[frame * wanted + channel] = sum / channels;
  }
}

/** Files what was generated and enters it into the library. */
export async function addGenerated(
  library: ClipLibrary,
  prompt: string,
  audio: GeneratedAudio,
  name: string | null,
): ReturnType<ClipLibrary['add']> {
  return library.add(audio.samples, { ...factsOfGenerated(prompt, audio), ...(name !== null && { name }) });
}

/** A remade clip keeps what is known of the music of the one that it was made from; samples and levels are its own. */
export function keepingMusic(from: Clip, audio: GeneratedAudio): GeneratedAudio {
  const { tempoBpm, metre, bars, quarterNotes, key, loop, instrument } = from;
  return { ...audio, tempoBpm, metre, bars, quarterNotes, key, loop, instrument };
}
