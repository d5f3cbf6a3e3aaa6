import { GrymError } from '../../kernel/index.js';
import type { JournalledWait } from './journal-rows.js';
import type { StepResult } from './execution-parts.js';
import type { OpenStep } from './open-step.js';

type Decision = Exclude<JournalledWait, { kind: 'bridge' | 'run' }>;

function isDecision(wait: JournalledWait): wait is Decision {
  return wait.kind === 'decision' || wait.kind === 'ask';
}

/** The step that waits for an answer; `path` may be left out where there is one only. Throws GRYM_RUN_NOT_WAITING. */
export function decisionAt(runId: string, steps: Iterable<OpenStep>, path: string | undefined): { step: OpenStep; wait: Decision } {
  const waiting = [...steps].flatMap((step) =>
    step.phase === 'waiting' && step.wait !== null && isDecision(step.wait) ? [{ step, wait: step.wait }] : [],
  );
  const [only, ...others] = waiting;
  const found = path === undefined && others.length === 0 ? only : waiting.find(({ step }) => step.path === path);
  if (found !== undefined) return found;
  const names = waiting.map(({ step }) => step.path).join(', ');
  const where = path !== undefined ? ` in the step "${path}"` : others.length > 0 ? ` alone: name one of ${names}` : '';
  throw new GrymError('GRYM_RUN_NOT_WAITING', { runId, where });
}

/** The answer is one of the options that were offered, or several where that was asked for. Throws GRYM_DECISION_INVALID. */
export function assertChoice(chosen: readonly string[], wait: Decision, document: string | undefined): void {
  const known = wait.options.map(({ id }) => id);
  const multiple = wait.kind === 'decision' && wait.multiple;
  const answer = chosen.join(', ');
  const strange = chosen.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw new GrymError('GRYM_DECISION_INVALID', { answer, reason: `"${strange}" is none of ${known.join(', ')}` });
  }
  if (chosen.length === 0) throw new GrymError('GRYM_DECISION_INVALID', { answer, reason: `nothing was chosen of ${known.join(', ')}` });
  if (new Set(chosen).size !== chosen.length) throw new GrymError('GRYM_DECISION_INVALID', { answer, reason: 'an option is named twice' });
  if (document !== undefined && !(wait.kind === 'decision' && wait.takesDocument === true)) {
    throw new GrymError('GRYM_DECISION_INVALID', { answer, reason: 'the question takes no document' });
  }
  if (!multiple && chosen.length > 1) throw new GrymError('GRYM_DECISION_INVALID', { answer, reason: 'only one can be chosen' });
}

/** The result that the answer stands for, by the step itself. Throws GRYM_DECISION_INVALID. */
export function answered(
  step: OpenStep,
  { options }: Decision,
  { chosen, document = null }: { readonly chosen: readonly string[]; readonly document?: string | null | undefined },
  services: unknown,
): StepResult {
  if (step.definition?.answer === undefined) {
    throw new GrymError('GRYM_INTERNAL', { reason: `the step "${step.activation.step}" asks, and does not say what an answer means` });
  }
  const output = step.definition.answer(step.input ?? {}, chosen, services, document);
  const labels = options.filter(({ id }) => chosen.includes(id)).map(({ label }) => label);
  const explanation = [`Chosen: ${labels.join(', ')}.`, ...(document === null ? [] : ['A document was given with the answer.'])];
  return {
    ...{ kind: 'done', step, output, items: [], explanation, libraryOnly: null },
    ...{ provider: null, input: step.input, milliseconds: null, cachedFrom: null },
  };
}
