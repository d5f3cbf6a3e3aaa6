import { canonicalJson, messageOf, packageVersion, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { RunContext } from '../../context/index.js';
import { openGraph, type ActivationResult, type CompiledWorkflow } from '../definition/index.js';
import type { HistoryActivation, RunHistory } from '../types.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';

function itemsOf(context: RunContext, path: string): JsonObject[] {
  return context.items(path).map(({ atMs: _atMs, runId: _runId, ...item }) => item as unknown as JsonObject);
}

/** All that a run was and did. Times and ids are left out where they would make two equal runs differ. */
export function runHistory(
  run: JournalledRun,
  definition: CompiledWorkflow,
  steps: readonly JournalledStep[],
  context: RunContext,
): RunHistory {
  const { runId, workflow, inputs, seed, bridgeId, state, outputs, error } = run;
  return {
    ...{ format: 1, release: packageVersion(), runId, workflow, definition, inputs, seed, bridgeId },
    activations: steps.map((step) => ({
      ...{ path: step.path, position: step.position, scope: step.scope, step: step.step, params: step.params },
      ...{ input: step.input ?? step.params, output: step.output, error: step.error, note: step.note },
      state: step.state === 'started' ? 'running' : step.state,
      items: itemsOf(context, step.path),
    })),
    end: { state, outputs, error },
    context: itemsOf(context, ''),
  };
}

function resultOf({ state, output, error, note }: HistoryActivation): ActivationResult | null {
  if (state === 'done') return { kind: 'done', output };
  if (state === 'skipped') return { kind: 'skipped', note };
  return state === 'failed' && error !== null ? { kind: 'failed', error } : null;
}

const same = (a: JsonValue, b: JsonValue): boolean => canonicalJson(a) === canonicalJson(b);

/**
 * Leads this release's graph through a recorded run: it must ask for the same steps with the same parameters at the same places,
 * and come to the same end. Returns what differs, one sentence each.
 */
export function replayHistory(history: RunHistory): string[] {
  const { definition, inputs, seed, bridgeId, activations, end } = history;
  const recorded = new Map(activations.map((activation) => [activation.path, activation]));
  const problems: string[] = [];
  try {
    const graph = openGraph(definition, inputs, { seed, bridge: bridgeId });
    for (let ready = graph.takeReady(); ready.length > 0; ready = graph.takeReady()) {
      for (const { path, position, scope, step, params } of ready) {
        const before = recorded.get(path);
        recorded.delete(path);
        if (before === undefined) {
          if (end.state === 'done' || end.state === 'library-only') problems.push(`${path}: asked for now, not in the recorded run`);
          continue;
        }
        const now = { position, scope, step, params };
        const then = { position: before.position, scope: before.scope, step: before.step, params: before.params };
        if (!same(now, then)) problems.push(`${path}: was ${canonicalJson(then)}, is ${canonicalJson(now)}`);
        const result = resultOf(before);
        if (result !== null) graph.settle(path, result);
      }
    }
    for (const path of recorded.keys()) problems.push(`${path}: in the recorded run, not asked for now`);
    problems.push(...endProblems(history, graph.end));
  } catch (error) {
    problems.push(`the graph failed: ${messageOf(error)}`);
  }
  return problems;
}

function endProblems({ end }: RunHistory, now: ReturnType<typeof openGraph>['end']): string[] {
  const succeeded = end.state === 'done' || end.state === 'library-only';
  if (succeeded && (now?.kind !== 'succeeded' || !same(now.outputs, end.outputs ?? {}))) {
    return [`the end: was ${end.state} with ${canonicalJson(end.outputs)}, is ${JSON.stringify(now)}`];
  }
  return end.state === 'failed' && now?.kind === 'succeeded' ? ['the end: was failed, is succeeded'] : [];
}
