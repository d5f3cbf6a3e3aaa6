import { z } from 'zod';
import type { AudioBuffer } from '../../audio/index.js';
import { GrymError } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { clipName, costOfAudio, openClip, partOf } from './shared/clips.js';
import { changesOutput, clipField, clipOutput, diffusionFields, nameField, optional, seedField } from './shared/fields.js';
import { addGenerated, keepingMusic, withChannels, withinGenerationTime, wordsFor } from './shared/generated-clip.js';
import type { AudioStepServices } from './shared/services.js';

interface InpaintServices extends AudioStepServices {
  readonly settings: { readonly generateDeadlineMs: number };
}

const FADE_SECONDS = 0.01;
/** What a model is given before and after the part. */
const CONTEXT_SECONDS = 5;
const beat = z.number().min(0).max(65_536);

export default defineStep({
  name: 'inpaint',
  help: 'Makes a part of a clip anew, by words, and leaves the rest as it is, sample for sample',
  version: 1,
  input: z.strictObject({
    clip: clipField,
    fromBeat: beat.describe('Where the new part begins, in quarter notes from the start of the clip'),
    toBeat: beat.describe('Where it ends, in quarter notes from the start of the clip'),
    prompt: optional(z.string().min(1).max(2_000).describe('What stands there, in words; else words for what was measured of the clip')),
    seed: seedField,
    name: optional(nameField),
    ...diffusionFields,
  }),
  output: z.strictObject({ clip: clipOutput, changes: changesOutput }),
  capability: 'generate.audio.inpaint',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10, 0.06),
  // The setting generateDeadlineSeconds bounds how long a model may stand still; this bounds the whole.
  deadlineMs: 3_600_000,
  clips: ({ clip }) => [clip],
  run: async ({ clip: hash, fromBeat, toBeat, prompt, seed, name, guidance, ...diffusion }, services: InpaintServices, io) => {
    const generator = services.roles.generator(io.provider?.provider);
    const { inpaint } = generator;
    if (inpaint === undefined) throw new GrymError('GRYM_PROVIDER_GONE', { provider: generator.provider, role: 'generator of parts' });
    const { clip, audio } = await openClip(services, hash, partOf(io, 'reading the clip', 0, 0.02));
    const { tempoBpm, metre, key } = clip;
    const { sampleRate } = audio;
    const seconds = audio.samples.length / audio.channels / sampleRate;
    const fromSeconds = (fromBeat * 60) / tempoBpm;
    const toSeconds = Math.min((toBeat * 60) / tempoBpm, seconds);
    if (fromSeconds >= toSeconds) {
      const length = ((seconds * tempoBpm) / 60).toFixed(2);
      const reason = `the part from beat ${fromBeat} to ${toBeat} is empty; the clip has ${length} beats, and fromBeat must lie before toBeat`;
      throw new GrymError('GRYM_STEP_INPUT_INVALID', { step: 'inpaint', problems: reason });
    }
    const words = await wordsFor(services, clip.hash, prompt, partOf(io, 'measuring the clip', 0.02, 0.05));
    // What lies further away neither helps the model nor changes.
    const around = window(audio, fromSeconds - CONTEXT_SECONDS, toSeconds + CONTEXT_SECONDS);
    const madePart = await withinGenerationTime(services, io, (options) =>
      inpaint(
        {
          ...{ prompt: words.prompt, seed, sampleRate, tempoBpm, metre, source: around.audio },
          ...{ fromSeconds: fromSeconds - around.startSeconds, toSeconds: toSeconds - around.startSeconds },
          ...(key !== null && { key }),
          ...{ ...diffusion, guidanceScale: guidance },
        },
        options,
      ),
    );
    const spliced = await splice(audio, { audio: madePart, startFrame: around.startFrame }, fromSeconds, toSeconds);
    const measured = await services.workshop.analyse(spliced, partOf(io, 'measuring the result', 0.86, 0.98));
    const made = await addGenerated(
      services.library,
      words.prompt,
      {
        ...keepingMusic(clip, madePart),
        ...{ samples: spliced.samples, frames: spliced.samples.length / 2, sampleRate },
        ...{ loudnessLufs: measured.loudnessLufs, peakDbtp: measured.peakDbtp ?? -Infinity },
      },
      clipName(name ?? `${clip.name}, part remade`),
    );
    const changes = [`Beats ${fromBeat} to ${toBeat} made anew by ${generator.provider}; the rest is the original.`, words.said];
    return { kind: 'done', output: { clip: made.hash, changes }, explanation: [...changes, ...madePart.explanation] };
  },
});

/** A piece of audio, cut at the ends of what there is. */
function window(
  audio: AudioBuffer,
  fromSeconds: number,
  toSeconds: number,
): { audio: AudioBuffer; startFrame: number; startSeconds: number } {
  const { samples, sampleRate, channels } = audio;
  const startFrame = Math.max(0, Math.floor(fromSeconds * sampleRate));
  const piece = samples.slice(startFrame * channels, Math.ceil(toSeconds * sampleRate) * channels);
  return { audio: { samples: piece, sampleRate, channels }, startFrame, startSeconds: startFrame / sampleRate };
}

/** The original outside of the part, the new samples inside, with short cross-fades of equal gain inside the part's edges. Stereo. */
async function splice(
  original: AudioBuffer,
  made: { readonly audio: AudioBuffer; readonly startFrame: number },
  fromSeconds: number,
  toSeconds: number,
): Promise<AudioBuffer> {
  const { sampleRate } = original;
  const { samples } = await withChannels(original, 2);
  const other = (await withChannels(made.audio, 2)).samples;
  const frames = samples.length / 2;
  const from = Math.round(fromSeconds * sampleRate);
  const to = Math.min(Math.round(toSeconds * sampleRate), frames, made.startFrame + other.length / 2);
  const fade = Math.max(1, Math.min(Math.round(FADE_SECONDS * sampleRate), Math.floor((to - from) / 2)));
  for (let frame = from; frame < to; frame += 1) {
    // A clip's first and last frames have no original beside them to fade from.
    const fromStart = from === 0 ? 1 : Math.min(1, (frame - from) / fade);
    const fromEnd = to === frames ? 1 : Math.min(1, (to - 1 - frame) / fade);
    const share = Math.min(fromStart, fromEnd);
    for (let channel = 0; channel < 2; channel += 1) {
      const index = frame * 2 + channel;
      samples[index] = (samples[index] ?? 0) * (1 - share) + (other[index - made.startFrame * 2] ?? 0) * share;
    }
  }
  return { samples, sampleRate, channels: 2 };
}
