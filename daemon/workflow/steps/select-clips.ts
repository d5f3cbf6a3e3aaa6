import { z } from 'zod';
import { MAXIMUM_LISTED_CLIPS, VERDICTS } from '../../audio/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { tagField } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'select-clips',
  help: 'Lists clips of the library, newest first, for a workflow that works through them',
  version: 1,
  input: z.strictObject({
    text: z.string().max(1_000).default('').describe('Words that must all occur in name, prompt, instrument, key or tags'),
    tags: z.array(tagField).max(16).default([]).describe('Tags that a clip must all have'),
    untagged: z.boolean().default(false).describe('Only clips without any tag'),
    verdict: z
      .enum(['all', ...VERDICTS])
      .default('all')
      .describe('Only clips that were judged so'),
    limit: z.int().min(1).max(MAXIMUM_LISTED_CLIPS).default(50).describe('At most so many'),
  }),
  output: z.strictObject({
    clips: z.array(z.string()).describe('Hashes, newest first'),
    count: z.int().describe('How many'),
  }),
  capability: null,
  idempotency: 'idempotent',
  // The library changes.
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.02 }),
  deadlineMs: 10_000,
  clips: ({ clips }) => clips,
  run: async ({ text, tags: wanted, untagged, verdict, limit }, { library, tags }: AudioStepServices) => {
    const restricted = untagged ? tags.clipsWith([]) : wanted.length > 0 ? tags.clipsWith(wanted) : null;
    const found = library.list({ text, verdict, limit: restricted === null ? limit : MAXIMUM_LISTED_CLIPS });
    const clips = found.filter(({ hash }) => restricted?.has(hash) ?? true).map(({ hash }) => hash);
    const taken = clips.slice(0, limit);
    return {
      kind: 'done',
      output: { clips: taken, count: taken.length },
      explanation: [`${taken.length} clip${taken.length === 1 ? '' : 's'} of the library.`],
    };
  },
});
