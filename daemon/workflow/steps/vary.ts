import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, partOf } from './shared/clips.js';
import { changesOutput, clipField, clipOutput, nameField, optional, seedField, strengthField } from './shared/fields.js';
import { rearrange } from './shared/rearrange.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'vary',
  help: 'Makes a variation of a clip by rearranging its own material, with the same length, tempo and key',
  version: 1,
  input: z.strictObject({
    clip: clipField,
    seed: seedField,
    strength: strengthField.default(0.5),
    name: optional(nameField),
  }),
  output: z.strictObject({ clip: clipOutput, changes: changesOutput }),
  capability: 'generate.audio.from-audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10, 0.06),
  deadlineMs: 120_000,
  clips: ({ clip }) => [clip],
  run: async ({ clip, seed, strength, name }, services: AudioStepServices, io) => {
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
