import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, partOf } from './shared/clips.js';
import { barsField, changesOutput, clipField, clipOutput, nameField, optional, seedField, strengthField } from './shared/fields.js';
import { rearrange } from './shared/rearrange.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'continue',
  help: 'Makes what may come after a clip, from its own material, at its tempo and in its key',
  version: 1,
  input: z.strictObject({
    clip: clipField,
    seed: seedField,
    bars: barsField.default(4),
    strength: strengthField.default(0.5),
    name: optional(nameField),
  }),
  output: z.strictObject({ clip: clipOutput, bars: z.int().describe('Length in bars'), changes: changesOutput }),
  capability: 'generate.audio.continuation',
  idempotency: 'pure',
  cacheable: true,
  cost: ({ bars }) => costOfAudio(10 + bars * 2, 0.06),
  deadlineMs: 120_000,
  clips: ({ clip }) => [clip],
  smaller: (input) => {
    const bars = Math.floor(input.bars / 2);
    return bars < 1 ? null : { input: { ...input, bars }, what: `${bars} instead of ${input.bars} bars` };
  },
  run: async ({ clip, seed, bars, strength, name }, services: AudioStepServices, io) => {
    const order = { kind: 'continue', clip, seed, strength, bars, name } as const;
    const { made, changes, cuts } = await rearrange(services, order, partOf(io, 'continuing the clip'));
    return {
      kind: 'done',
      output: { clip: made.hash, bars, changes },
      items: [{ category: 'audio-parameters', field: 'bars', value: bars, rank: 'analysis', tags: ['continue'] }],
      explanation: [`Continuation of ${bars} bar${bars === 1 ? '' : 's'} with seed ${seed}, cut ${cuts}.`, ...changes],
    };
  },
});
