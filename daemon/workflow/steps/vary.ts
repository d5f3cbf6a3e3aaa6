import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { defineStep, type StepIo, type StepOutcome } from '../catalogue/step-definition.js';
import { clipName, costOfAudio, openClip, partOf } from './shared/clips.js';
import { changesOutput, clipField, clipOutput, nameField, optional, seedField, strengthField } from './shared/fields.js';
import { diffusionFields } from './shared/fields.js';
import { addGenerated, keepingMusic, withinGenerationTime, wordsFor } from './shared/generated-clip.js';
import { rearrange } from './shared/rearrange.js';
import { WORKSHOP, type AudioStepServices } from './shared/services.js';

const inputSchema = z.strictObject({
  clip: clipField,
  seed: seedField,
  strength: strengthField.default(0.5),
  name: optional(nameField),
  prompt: optional(
    z.string().min(1).max(2_000).describe('What it should become, in words; for models, which else get words for what was measured'),
  ),
  ...diffusionFields,
});
type VaryInput = z.output<typeof inputSchema>;

export default defineStep({
  name: 'vary',
  help: 'Makes a variation of a clip: rearranges its own material, or remakes it with a model; length, tempo and key stay',
  version: 2,
  input: inputSchema,
  output: z.strictObject({ clip: clipOutput, changes: changesOutput }),
  capability: 'generate.audio.from-audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10, 0.06),
  // The setting generateDeadlineSeconds bounds how long a model may stand still; this bounds the whole.
  deadlineMs: 3_600_000,
  clips: ({ clip }) => [clip],
  run: async (input, services: VaryServices, io) => {
    const { clip, seed, strength, name } = input;
    if ((io.provider?.provider ?? WORKSHOP) !== WORKSHOP) return remade(input, services, io);
    const { made, changes, cuts } = await rearrange(
      services,
      { kind: 'vary', clip, seed, strength, bars: null, name },
      partOf(io, 'varying the clip'),
    );
    return {
      kind: 'done',
      output: { clip: made.hash, changes },
      explanation: [`Variation of strength ${strength} with seed ${seed}, cut ${cuts}.`, ...changes],
    };
  },
});

interface VaryServices extends AudioStepServices {
  readonly settings: { readonly generateDeadlineMs: number };
}

/** By a model: noise is laid over the clip, as much as the strength says, and taken off again by the words. */
async function remade(
  { clip, seed, strength, name, prompt, guidance, ...diffusion }: VaryInput,
  services: VaryServices,
  io: StepIo<null>,
): Promise<StepOutcome<{ clip: string; changes: string[] }>> {
  const generator = services.roles.generator(io.provider?.provider);
  const opened = await openClip(services, clip, partOf(io, 'reading the clip', 0, 0.02));
  const words = await wordsFor(services, opened.clip.hash, prompt, partOf(io, 'measuring the clip', 0.02, 0.05));
  const { fromAudio } = generator;
  if (fromAudio === undefined) throw new GrymError('GRYM_PROVIDER_GONE', { provider: generator.provider, role: 'generator of variations' });
  const { sampleRate, tempoBpm, metre, key } = opened.clip;
  const audio = await withinGenerationTime(services, io, (options) =>
    fromAudio(
      {
        ...{ prompt: words.prompt, seed, strength, sampleRate, tempoBpm, metre, source: opened.audio },
        ...(key !== null && { key }),
        ...{ ...diffusion, guidanceScale: guidance },
      },
      options,
    ),
  );
  const made = await addGenerated(
    services.library,
    words.prompt,
    keepingMusic(opened.clip, audio),
    clipName(name ?? `${opened.clip.name}, remade`),
  );
  const changes = [`Remade by ${generator.provider} with strength ${strength}.`, words.said];
  return { kind: 'done', output: { clip: made.hash, changes }, explanation: [...changes, ...audio.explanation] };
}
