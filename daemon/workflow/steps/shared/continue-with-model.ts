import type { AudioBuffer } from '../../../audio/index.js';
import { GrymError } from '../../../kernel/index.js';
import type { StepIo } from '../../catalogue/step-definition.js';
import { clipName, openClip, partOf } from './clips.js';
import { addGenerated, keepingMusic, withinGenerationTime, wordsFor } from './generated-clip.js';
import type { AudioStepServices } from './services.js';

export interface ContinuationOrder {
  readonly clip: string;
  readonly seed: number;
  readonly bars: number;
  readonly name: string | null;
  readonly prompt: string | null;
  readonly negativePrompt?: string | undefined;
  readonly guidance?: number | undefined;
  readonly steps?: number | undefined;
  readonly eta?: number | undefined;
}

type ContinuationServices = AudioStepServices & { readonly settings: { readonly generateDeadlineMs: number } };

/** What a model is given of the clip before the part that it makes: the last seconds; it was trained on pieces of about ten. */
const CONTEXT_SECONDS = 5;

/** The end of the audio, at most so long. */
function endOf({ samples, sampleRate, channels }: AudioBuffer, seconds: number): AudioBuffer {
  const frames = Math.min(samples.length / channels, Math.round(seconds * sampleRate));
  return { samples: samples.slice(samples.length - frames * channels), sampleRate, channels };
}

/** What comes after a clip, by a generator that goes on with audio; only the new part is handed back. */
export async function continueWithModel(
  services: ContinuationServices,
  { clip: hash, seed, bars, name, prompt, ...rest }: ContinuationOrder,
  io: StepIo<null>,
): Promise<{ made: string; changes: string[]; explanation: readonly string[] }> {
  const generator = services.roles.generator(io.provider?.provider);
  const { inpaint } = generator;
  if (inpaint === undefined)
    throw new GrymError('GRYM_PROVIDER_GONE', { provider: generator.provider, role: 'generator of continuations' });
  const { clip, audio } = await openClip(services, hash, partOf(io, 'reading the clip', 0, 0.02));
  const words = await wordsFor(services, clip.hash, prompt, partOf(io, 'measuring the clip', 0.02, 0.05));
  const source = endOf(audio, CONTEXT_SECONDS);
  const { sampleRate, tempoBpm, metre, key } = clip;
  const fromSeconds = source.samples.length / source.channels / sampleRate;
  const quarterNotes = (bars * 4 * metre.numerator) / metre.denominator;
  const frames = Math.round(((quarterNotes * 60) / tempoBpm) * sampleRate);
  const { negativePrompt, guidance, steps, eta } = rest;
  const whole = await withinGenerationTime(services, io, (options) =>
    inpaint(
      {
        ...{ prompt: words.prompt, seed, sampleRate, tempoBpm, metre, source, fromSeconds },
        toSeconds: fromSeconds + frames / sampleRate,
        ...(key !== null && { key }),
        ...{ negativePrompt, guidanceScale: guidance, steps, eta },
      },
      options,
    ),
  );
  const from = Math.round(fromSeconds * sampleRate);
  const samples = new Float32Array(frames * whole.channels);
  samples.set(whole.samples.subarray(from * whole.channels, (from + frames) * whole.channels));
  // The generator has measured what it was given of the source too.
  const measured = await services.workshop.analyse(
    { samples, sampleRate, channels: whole.channels },
    partOf(io, 'measuring it', 0.86, 0.98),
  );
  const { loudnessLufs, peakDbtp } = measured;
  const made = await addGenerated(
    services.library,
    words.prompt,
    { ...keepingMusic(clip, whole), samples, frames, bars, quarterNotes, loop: true, loudnessLufs, peakDbtp: peakDbtp ?? -Infinity },
    clipName(name ?? `${clip.name}, continued`),
  );
  const changes = [`Continued by ${generator.provider} from the last ${fromSeconds.toFixed(1)} s.`, words.said];
  return { made: made.hash, changes, explanation: whole.explanation };
}
