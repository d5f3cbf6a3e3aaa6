import { z } from 'zod';
import type { NewContextItem } from '../../context/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, partOf } from './shared/clips.js';
import { continueWithModel } from './shared/continue-with-model.js';
import {
  barsField,
  changesOutput,
  clipField,
  clipOutput,
  diffusionFields,
  nameField,
  optional,
  seedField,
  strengthField,
} from './shared/fields.js';
import { rearrange } from './shared/rearrange.js';
import { WORKSHOP, type AudioStepServices } from './shared/services.js';

interface ContinueServices extends AudioStepServices {
  readonly settings: { readonly generateDeadlineMs: number };
}

export default defineStep({
  name: 'continue',
  help: 'Makes what may come after a clip, from its own material or with a model, at its tempo and in its key',
  version: 2,
  input: z.strictObject({
    clip: clipField,
    seed: seedField,
    bars: barsField.default(4),
    strength: strengthField.default(0.5),
    name: optional(nameField),
    prompt: optional(
      z.string().min(1).max(2_000).describe('What comes after it, in words; for models, which else get words for what was measured'),
    ),
    ...diffusionFields,
  }),
  output: z.strictObject({ clip: clipOutput, bars: z.int().describe('Length in bars'), changes: changesOutput }),
  capability: 'generate.audio.continuation',
  idempotency: 'pure',
  cacheable: true,
  cost: ({ bars }) => costOfAudio(10 + bars * 2, 0.06),
  // The setting generateDeadlineSeconds bounds how long a model may stand still; this bounds the whole.
  deadlineMs: 3_600_000,
  clips: ({ clip }) => [clip],
  smaller: (input) => {
    const bars = Math.floor(input.bars / 2);
    return bars < 1 ? null : { input: { ...input, bars }, what: `${bars} instead of ${input.bars} bars` };
  },
  run: async (input, services: ContinueServices, io) => {
    const { clip, seed, bars, strength, name } = input;
    const items: NewContextItem[] = [{ category: 'audio-parameters', field: 'bars', value: bars, rank: 'analysis', tags: ['continue'] }];
    const length = `Continuation of ${bars} bar${bars === 1 ? '' : 's'} with seed ${seed}`;
    if ((io.provider?.provider ?? WORKSHOP) !== WORKSHOP) {
      const { made, changes, explanation } = await continueWithModel(services, input, io);
      return { kind: 'done', output: { clip: made, bars, changes }, items, explanation: [`${length}.`, ...changes, ...explanation] };
    }
    const order = { kind: 'continue', clip, seed, strength, bars, name } as const;
    const { made, changes, cuts } = await rearrange(services, order, partOf(io, 'continuing the clip'));
    return { kind: 'done', output: { clip: made.hash, bars, changes }, items, explanation: [`${length}, cut ${cuts}.`, ...changes] };
  },
});
