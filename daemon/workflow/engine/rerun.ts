import { newContextItemSchema, type ContextHooks, type ContextItem, type NewContextItem } from '../../context/index.js';
import { canonicalJson, failpoint, GrymError, newRunId, throwIfCancelled, type Clock } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { CapabilityRegistry, StepCatalogue } from '../catalogue/index.js';
import { completeInputs } from '../definition/index.js';
import type { RerunRequest } from '../types.js';
import { assertCapabilities, type Definition } from './acceptance.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import type { NewRun, RunJournal } from './run-journal.js';
import { assertParameters, changedInputs, editsAndNotes } from './rerun-edits.js';
import { requestItems } from './request-items.js';
import { sharingOf, type SharedResult } from './shared-results.js';
import type { StepJournal } from './step-journal.js';

export interface RerunParts {
  readonly database: Database;
  readonly runs: RunJournal;
  readonly steps: StepJournal;
  readonly contexts: ContextHooks;
  readonly catalogue: StepCatalogue;
  readonly capabilities: CapabilityRegistry;
  readonly clock: Clock;
}

/** The step that a re-run begins at. Throws GRYM_STEP_UNKNOWN. */
function stepAt(run: JournalledRun, rows: readonly JournalledStep[], path: string): JournalledStep {
  const found = rows.find((row) => row.path === path);
  if (found !== undefined) return found;
  throw new GrymError('GRYM_STEP_UNKNOWN', { runId: run.runId, path, known: rows.map((row) => row.path).join(', ') });
}

/** Journals a new run that shares all results of `original` before the step `from`; one transaction. Returns its id. */
export function journalRerun(
  parts: RerunParts,
  original: JournalledRun,
  definition: Definition,
  request: RerunRequest,
  signal: AbortSignal | undefined,
): string {
  throwIfCancelled(signal, 'the request');
  const rows = parts.steps.ofRun(original.sequence);
  const from = stepAt(original, rows, request.from);
  const { params = {} } = request;
  assertParameters(parts.catalogue.find(from.step), params);
  const inputs = completeInputs(definition.compiled, { ...original.inputs, ...request.inputs });
  assertCapabilities(definition, inputs, parts.capabilities);
  const changed = changedInputs(original.inputs, inputs);
  const { workflow, title, seed, priority, whenStuck, bridgeId, slot } = original;
  const sharing = sharingOf(definition.compiled, { inputs, seed, bridgeId }, rows, from);
  const submittedAtMs = parts.clock.nowMs();
  const run: NewRun = {
    ...{ workflow, title, seed, priority, whenStuck, bridgeId, slot, inputs, submittedAtMs },
    ...editsAndNotes(original.edits, { from: from.path, params, changed, sharing }),
    runId: newRunId(submittedAtMs),
    requestKey: request.requestKey ?? null,
    definitionHash: definition.hash,
    rerunOf: original.runId,
    deadlineAtMs: null,
  };
  parts.database.transaction(() => {
    const sequence = parts.runs.accept(run, definition.text);
    share(parts, original, { ...run, sequence }, changed, sharing.results);
    failpoint('rerun.sharing');
  });
  failpoint('rerun.accepted');
  return run.runId;
}

function share(
  { steps, contexts }: RerunParts,
  original: JournalledRun,
  run: NewRun & { readonly sequence: number },
  changed: ReadonlySet<string>,
  results: readonly SharedResult[],
): void {
  const before = contexts.load({ runId: original.runId, workflow: original.workflow, atMs: original.submittedAtMs });
  const said = before.items('');
  const of = { runId: run.runId, workflow: run.workflow, atMs: run.submittedAtMs };
  const context = contexts.begin(of, changed.size === 0 ? [] : requestAnew(original, run, changed, said));
  if (changed.size === 0) context.adopt(said, before.traces(''));
  for (const { activation, row } of results) {
    const { state, output, explanation, note, provider, input, error, path } = row;
    if (state !== 'done' && state !== 'failed' && state !== 'skipped') continue;
    const cachedFrom = row.cachedFrom ?? `${original.runId}/${path}`;
    steps.settle(run.sequence, activation, {
      ...{ state, output, explanation, note, provider, input, error, cachedFrom },
      ...{ milliseconds: null, tried: [] },
    });
    context.adopt(before.items(path), before.traces(path));
  }
}

/** What is asked for now, and what the host said at first. */
function requestAnew(original: JournalledRun, run: NewRun, changed: ReadonlySet<string>, said: readonly ContextItem[]): NewContextItem[] {
  const stated = new Set(changed);
  for (const { field, value, rank } of said) {
    const before = original.inputs[field] ?? null;
    if (rank === 'request' && before !== null && canonicalJson(before) === canonicalJson(value)) stated.add(field);
  }
  const host = said.filter(({ rank }) => rank === 'host').map((item) => newContextItemSchema.strip().parse(item));
  return [...requestItems({ inputs: run.inputs, stated, seed: run.seed, bridge: null }), ...host];
}
