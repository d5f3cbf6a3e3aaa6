import { canonicalJson } from '../../kernel/index.js';
import { openGraph, type Activation, type CompiledWorkflow } from '../definition/index.js';
import { assertBegins } from './acceptance.js';
import type { JournalledStep } from './journal-rows.js';
import type { NewRun } from './run-journal.js';

/** A result that a re-run takes over, at its place in the new run's own graph. */
export interface SharedResult {
  readonly activation: Activation;
  readonly row: JournalledStep;
}

export interface Sharing {
  readonly results: readonly SharedResult[];
  /** Paths of results before the beginning that are kept although their parameters would be others now. */
  readonly outdated: readonly string[];
}

/**
 * Whether two scopes are in different branches of one parallel block, so that neither sees the other. `branches`: scopes that
 * there are; passes of a loop are none.
 */
function areSiblings(one: string, other: string, branches: ReadonlySet<string>): boolean {
  const a = one.split('/');
  const b = other.split('/');
  const depth = a.findIndex((segment, index) => segment !== b[index]);
  if (depth < 0) return false;
  const block = (segment: string | undefined): string | undefined => /^(.*)\[[^\]]*\]$/.exec(segment ?? '')?.[1];
  const [left, right] = [block(a[depth]), block(b[depth])];
  const isBranch = (scope: readonly string[]): boolean => branches.has(scope.slice(0, depth + 1).join('/'));
  return left !== undefined && left === right && (isBranch(a) || isBranch(b));
}

const haveEqualParams = ({ activation, row }: SharedResult): boolean => canonicalJson(activation.params) === canonicalJson(row.params);

/**
 * What a re-run that begins anew at `from` takes over: all that comes before it in the graph, as was asked; and of other branches
 * of a parallel block around it what would be the same now, so that one list never mixes old inputs with new ones. Follows the
 * new run's own graph, since with other inputs it may ask for other steps. Throws where that graph cannot begin.
 */
export function sharingOf(
  compiled: CompiledWorkflow,
  run: Pick<NewRun, 'inputs' | 'seed' | 'bridgeId'>,
  rows: readonly JournalledStep[],
  from: JournalledStep,
): Sharing {
  const recorded = new Map(rows.map((row) => [row.path, row]));
  const branches = new Set(rows.map(({ scope }) => scope));
  const results: SharedResult[] = [];
  const outdated: string[] = [];
  const graph = openGraph(compiled, run.inputs, { seed: run.seed, bridge: run.bridgeId });
  for (let ready = graph.takeReady(); ready.length > 0; ready = graph.takeReady()) {
    for (const activation of ready) {
      const row = recorded.get(activation.path);
      if (row === undefined || row.step !== activation.step || row.path === from.path) continue;
      const shared = { activation, row };
      const isSame = haveEqualParams(shared);
      const isSibling = areSiblings(row.scope, from.scope, branches);
      if (isSibling ? !isSame : row.position >= from.position) continue;
      const result = resultOf(row);
      if (result === null) continue;
      results.push(shared);
      if (!isSame) outdated.push(row.path);
      graph.settle(row.path, result);
    }
  }
  if (!results.some(({ row }) => row.state === 'failed')) assertBegins(graph);
  return { results, outdated };
}

/** Null for a step that has no result. */
function resultOf({ state, output, note, error }: JournalledStep): Parameters<ReturnType<typeof openGraph>['settle']>[1] | null {
  if (state === 'done') return { kind: 'done', output };
  if (state === 'skipped') return { kind: 'skipped', note };
  return state === 'failed' && error !== null ? { kind: 'failed', error } : null;
}
