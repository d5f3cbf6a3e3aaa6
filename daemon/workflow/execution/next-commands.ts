import type { ErrorKind, JsonObject, JsonValue } from '../../kernel/index.js';
import type { DecisionOption } from '../catalogue/step-definition.js';
import type { NextCommand } from './step-executor.js';

/** What is known of a failure when a person is told what can be done. */
export interface FailureFacts {
  readonly runId: string;
  /** Of the step that failed; null where no step did. */
  readonly path: string | null;
  readonly kind: ErrorKind;
  /** As the step had it; null where no step did. */
  readonly input: JsonObject | null;
  /** Settings that need less, where the step knows such. */
  readonly smaller: { readonly input: JsonObject; readonly what: string } | null;
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function pairs(changed: JsonObject): string {
  const isPlain = Object.values(changed).every((value) => typeof value === 'number' || typeof value === 'boolean');
  if (!isPlain) return shellWord(JSON.stringify(changed));
  return Object.entries(changed)
    .map(([name, value]) => shellWord(`${name}=${JSON.stringify(value)}`))
    .join(' ');
}

function rerun({ runId, path }: FailureFacts): string {
  return `grym rerun ${runId} --from ${shellWord(path ?? '')}`;
}

function withLess(facts: FailureFacts): NextCommand[] {
  const { input, smaller } = facts;
  if (smaller === null) return [];
  const changed = Object.fromEntries(Object.entries(smaller.input).filter(([name, value]) => !isSame(value, input?.[name])));
  if (Object.keys(changed).length === 0) return [];
  return [{ what: `Go on from this step with smaller settings: ${smaller.what}`, command: `${rerun(facts)} --params ${pairs(changed)}` }];
}

const AGAIN: Readonly<Record<ErrorKind, string>> = {
  transient: 'Go on from this step; what came before it is kept',
  timeout: 'Go on from this step when the computer is less busy; what came before it is kept',
  resource: 'Go on from this step when there is room; what came before it is kept',
  'invalid-input': 'Go on from this step with a corrected parameter',
  'model-fault': 'Go on from this step; what came before it is kept',
  cancelled: 'Go on from this step after all; what came before it is kept',
  fatal: 'Go on from this step once the cause is gone; what came before it is kept',
};

/** The name of a parameter to correct, as an example where nobody knows which. */
function correction({ input }: FailureFacts): string {
  return ` --params ${shellWord(`${Object.keys(input ?? {})[0] ?? 'name'}=…`)}`;
}

/** What can be done after a step has failed, the most promising first. */
export function commandsAfterFailure(facts: FailureFacts): NextCommand[] {
  const look = { what: 'See all steps of the run', command: `grym show-run ${facts.runId}` };
  if (facts.path === null) return [look];
  const again = { what: AGAIN[facts.kind], command: rerun(facts) + (facts.kind === 'invalid-input' ? correction(facts) : '') };
  const isAboutSize = facts.kind === 'resource' || facts.kind === 'timeout';
  return isAboutSize ? [...withLess(facts), again, look] : [again, ...withLess(facts), look];
}

/** What can be done while a run waits for an answer. */
export function commandsWhileAsking(runId: string, path: string, options: readonly DecisionOption[]): NextCommand[] {
  const decide = options.map(({ id, label }) => ({
    what: label,
    command: `grym decide ${runId} ${shellWord(id)} --path ${shellWord(path)}`,
  }));
  return [...decide, { what: 'Cancel the run', command: `grym cancel-run ${runId}` }];
}
