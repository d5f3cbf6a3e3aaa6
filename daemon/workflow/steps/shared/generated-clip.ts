import type { AudioBuffer, Clip, ClipFacts, ClipLibrary, WorkshopOptions } from '../../../audio/index.js';
import { GrymError, withDeadline } from '../../../kernel/index.js';
import { describeAnalysis, type GeneratedAudio, type GenerateOptions } from '../../../models/index.js';
import { analysisOf, finiteOrNull } from './clips.js';
import type { AudioStepServices } from './services.js';

/** Facts of a clip that a generator made, with the words that it was asked for. */
export function factsOfGenerated(prompt: string, audio: GeneratedAudio): ClipFacts {
  const { samples: _samples, explanation: _explanation, ...facts } = audio;
  // The level of silence is −∞ dB, which neither JSON nor a WAV chunk can hold.
  return { ...facts, prompt, loudnessLufs: finiteOrNull(audio.loudnessLufs), peakDbtp: finiteOrNull(audio.peakDbtp) };
}

/** Runs a generator within the configured time, its progress as that of the step's part from 0.05 to 0.85. */
export function withinGenerationTime<T>(
  services: { readonly settings: { readonly generateDeadlineMs: number } },
  options: { readonly signal: AbortSignal; readonly progress: (fraction: number, stage: string) => void },
  make: (options: GenerateOptions) => Promise<T>,
): Promise<T> {
  const milliseconds = services.settings.generateDeadlineMs;
  return withDeadline({ milliseconds, what: 'generating the clip', signal: options.signal }, (signal) =>
    make({ signal, onProgress: (fraction, stage) => options.progress(0.05 + 0.8 * fraction, stage) }),
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

/** As many channels as wanted: the first one again, or the mean of all. */
export function withChannels({ samples, sampleRate, channels }: AudioBuffer, wanted: number): AudioBuffer {
  if (channels === wanted) return { samples, sampleRate, channels };
  const frames = samples.length / channels;
  const converted = new Float32Array(frames * wanted);
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += samples[frame * channels + channel] ?? 0;
    for (let channel = 0; channel < wanted; channel += 1) converted[frame * wanted + channel] = sum / channels;
  }
  return { samples: converted, sampleRate, channels: wanted };
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
