import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { clipField, clipOutput, tagField, tagsOutput } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'tag',
  help: 'Gives tags to a clip of the library, by which the search finds it',
  version: 1,
  input: z.strictObject({
    clip: clipField,
    add: z.array(tagField).max(32).default([]).describe('Tags to add'),
    remove: z.array(tagField).max(32).default([]).describe('Tags to take away, before others are added'),
  }),
  output: z.strictObject({
    clip: clipOutput,
    tags: tagsOutput.describe('All tags of the clip now, in order of the alphabet'),
    added: tagsOutput.describe('Tags that were asked for'),
    removed: tagsOutput.describe('Tags that were to be taken away'),
  }),
  capability: null,
  idempotency: 'idempotent',
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.01 }),
  deadlineMs: 10_000,
  clips: ({ clip }) => [clip],
  run: async ({ clip, add, remove }, { library, tags }: AudioStepServices) => {
    const { hash, name } = library.get(clip);
    const added = [...new Set(add)].sort();
    const removed = [...new Set(remove)].filter((tag) => !added.includes(tag)).sort();
    const now = [...new Set([...tags.of(hash).filter((tag) => !removed.includes(tag)), ...added])].sort();
    return {
      kind: 'done',
      output: { clip: hash, tags: now, added, removed },
      explanation: [`Tags of ${name}: ${now.join(', ') || 'none'}.`],
    };
  },
  // Together with the result: a run that is killed before has changed nothing.
  commit: ({ clip, added, removed }, { tags }) => tags.change(clip, added, removed),
});
