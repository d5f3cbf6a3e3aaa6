import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import type { Planning } from '../planning.js';
import { documentField, knownFields, knownOf, requestField } from './shared/known-fields.js';
import { planWords } from './shared/plan-words.js';

interface ReviewServices {
  readonly planning: Planning;
}

const RUN = 'run';
const GIVE_UP = 'give-up';

const inputSchema = z.strictObject({
  document: documentField,
  request: requestField,
  ...knownFields,
  reasons: z.array(z.string()).default([]).describe('Why the plan is as it is, one sentence each'),
});
type Input = z.output<typeof inputSchema>;

const outputSchema = z.strictObject({
  decision: z.enum([RUN, GIVE_UP]).describe('What is to become of the plan'),
  document: z.string().describe('The plan, as it was changed'),
  edited: z.boolean().describe('Whether it was changed'),
});

export default defineStep({
  name: 'review-plan',
  help: 'Shows a plan to a person, who has it carried out, changes it or gives it up; the run waits for that, holding nothing',
  version: 1,
  input: inputSchema,
  output: outputSchema,
  capability: null,
  idempotency: 'idempotent',
  cacheable: false,
  plannable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0 }),
  deadlineMs: 10_000,
  run: async (input, { planning }: ReviewServices) => {
    const options = [
      { id: RUN, label: 'Carry it out', clip: null },
      { id: GIVE_UP, label: 'Give it up', clip: null },
    ];
    const details = detailsOf(input, planning);
    return {
      kind: 'wait',
      reason: { kind: 'decision', question: 'Shall this plan be carried out?', options, multiple: false, details, takesDocument: true },
    };
  },
  answer: (input, [id = ''], { planning }, document): z.output<typeof outputSchema> => {
    if (id === GIVE_UP) {
      if (document !== null)
        throw new GrymError('GRYM_DECISION_INVALID', { answer: id, reason: 'a plan that is given up takes no document' });
      return { decision: GIVE_UP, document: input.document, edited: false };
    }
    if (document === null) return { decision: RUN, document: input.document, edited: false };
    planning.read(document, { prompt: input.request, ...knownOf(input) });
    return { decision: RUN, document, edited: document !== input.document };
  },
});

/** The plan in plain words, why so, and the document that may be edited. */
function detailsOf(input: Input, planning: Planning): string {
  const { document, request, reasons } = input;
  const compiled = planning.read(document, { prompt: request, ...knownOf(input) });
  const helpOf = (entries: readonly { readonly name: string; readonly help: string }[]): ((name: string) => string | undefined) => {
    const help = new Map(entries.map((entry) => [entry.name, entry.help]));
    return (name) => help.get(name);
  };
  const words = planWords(compiled, { step: helpOf(planning.steps()), workflow: helpOf(planning.workflows()) });
  return [`Asked for: ${request}`, ...words, ...reasons.map((reason) => `Why: ${reason}`), '', document.trimEnd()].join('\n');
}
