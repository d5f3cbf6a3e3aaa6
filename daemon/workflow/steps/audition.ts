import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { clipsField } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

const NONE = 'none';

export default defineStep({
  name: 'audition',
  help: 'Lets a person choose among clips; the run waits for the answer as long as it takes, holding nothing',
  version: 1,
  input: z.strictObject({
    clips: clipsField,
    question: z.string().trim().min(1).max(500).default('Which clip do you take?').describe('What is asked'),
    multiple: z.boolean().default(false).describe('More than one may be chosen'),
    allowNone: z.boolean().default(true).describe('The answer may be none of them'),
  }),
  output: z.strictObject({
    chosen: z.array(z.string()).describe('Hashes of the clips that were chosen, in the order of the list'),
    rejected: z.array(z.string()).describe('Hashes of the others'),
    clip: z.string().nullable().describe('The first one chosen; null for none'),
  }),
  capability: null,
  idempotency: 'idempotent',
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0 }),
  deadlineMs: 10_000,
  run: async ({ clips, question, multiple, allowNone }, { library }: AudioStepServices) => {
    const options = clips.map((hash, index) => {
      const clip = library.get(hash);
      return { id: String(index + 1), label: clip.name, clip: clip.hash };
    });
    const none = allowNone ? [{ id: NONE, label: 'none of them', clip: null }] : [];
    return { kind: 'wait', reason: { kind: 'decision', question, options: [...options, ...none], multiple } };
  },
  answer: ({ clips, multiple, allowNone }, ids, { library }) => {
    const refuse = (reason: string): GrymError => new GrymError('GRYM_DECISION_INVALID', { answer: ids.join(', '), reason });
    if (ids.includes(NONE) && !allowNone) throw refuse('one of the clips has to be chosen');
    if (ids.includes(NONE) && ids.length > 1) throw refuse('none and a clip do not go together');
    if (ids.length === 0) throw refuse(allowNone ? 'it is empty; "none" takes none of them' : 'it is empty');
    if (ids.length > 1 && !multiple) throw refuse('only one may be chosen');
    const unknown = ids.find((id) => id !== NONE && !(/^\d+$/.test(id) && Number(id) >= 1 && Number(id) <= clips.length));
    if (unknown !== undefined)
      throw refuse(`there is no option "${unknown}"; there are 1 to ${clips.length}${allowNone ? ' and none' : ''}`);
    const hashes = clips.map((hash) => library.get(hash).hash);
    const chosen = hashes.filter((_, index) => ids.includes(String(index + 1)));
    return { chosen, rejected: hashes.filter((_, index) => !ids.includes(String(index + 1))), clip: chosen[0] ?? null };
  },
});
