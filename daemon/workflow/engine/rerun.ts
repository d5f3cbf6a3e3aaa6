import type { ContextHooks } from '../../context/index.js';
import { failpoint, GrymError, newRunId, throwIfCancelled, type Clock, type JsonObject } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { CapabilityRegistry, StepCatalogue } from '../catalogue/index.js';
import { completeInputs, openGraph } from '../definition/index.js';
import type { RerunRequest } from '../types.js';
import { assertCapabilities, type Definition } from './acceptance.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import type { NewRun, RunJournal } from './run-journal.js';
import { isShared } from './shared-results.js';
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

/** Parameters that earlier re-runs set for steps from there on still hold. */
function editsFor(run: JournalledRun, { from, params }: RerunRequest, shared: ReadonlySet<string>): Readonly<Record<string, JsonObject>> {
  const edits = Object.fromEntries(Object.entries(run.edits).filter(([path]) => !shared.has(path)));
  return params === undefined ? edits : { ...edits, [from]: { ...edits[from], ...params } };
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
  const inputs = completeInputs(definition.compiled, { ...original.inputs, ...request.inputs });
  assertCapabilities(definition, inputs, parts.capabilities);
  const shared = new Map(rows.filter((row) => isShared(row, from)).map((row) => [row.path, row]));
  const submittedAtMs = parts.clock.nowMs();
  const { workflow, title, seed, priority, whenStuck, bridgeId, slot } = original;
  const run: NewRun = {
    ...{ workflow, title, seed, priority, whenStuck, bridgeId, slot, inputs, submittedAtMs },
    runId: newRunId(submittedAtMs),
    requestKey: request.requestKey ?? null,
    definitionHash: definition.hash,
    edits: editsFor(original, request, new Set(shared.keys())),
    rerunOf: original.runId,
    deadlineAtMs: null,
  };
  parts.database.transaction(() => {
    const sequence = parts.runs.accept(run, definition.text);
    share(parts, original, { ...run, sequence }, definition, shared);
    failpoint('rerun.sharing');
  });
  failpoint('rerun.accepted');
  return run.runId;
}

/** Follows the new run's own graph: with other inputs it may ask for other steps. */
function share(
  { steps, contexts }: RerunParts,
  original: JournalledRun,
  run: NewRun & { readonly sequence: number },
  { compiled }: Definition,
  shared: ReadonlyMap<string, JournalledStep>,
): void {
  const context = contexts.begin({ runId: run.runId, workflow: run.workflow, atMs: run.submittedAtMs }, []);
  const before = contexts.load({ runId: original.runId, workflow: original.workflow, atMs: original.submittedAtMs });
  context.adopt(before.items(''));
  const graph = openGraph(compiled, run.inputs, { seed: run.seed, bridge: run.bridgeId });
  for (let ready = graph.takeReady(); ready.length > 0; ready = graph.takeReady()) {
    for (const activation of ready) {
      const row = shared.get(activation.path);
      if (row === undefined || row.step !== activation.step) continue;
      const { state, output, explanation, note, provider, input, error } = row;
      if (state !== 'done' && state !== 'failed' && state !== 'skipped') continue;
      const cachedFrom = row.cachedFrom ?? `${original.runId}/${row.path}`;
      steps.settle(run.sequence, activation, {
        ...{ state, output, explanation, note, provider, input, error, cachedFrom },
        ...{ milliseconds: null, tried: [] },
      });
      context.adopt(before.items(row.path), before.traces(row.path));
      if (state === 'done') graph.settle(row.path, { kind: 'done', output });
      else if (state === 'skipped') graph.settle(row.path, { kind: 'skipped', note });
      else if (error !== null) graph.settle(row.path, { kind: 'failed', error });
    }
  }
}
