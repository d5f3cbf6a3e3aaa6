import type { JsonObject, JsonValue } from '../../../../../daemon/kernel/index.js';
import {
  openGraph,
  readWorkflow,
  type Activation,
  type ActivationResult,
  type CatalogueFacts,
  type CompiledWorkflow,
  type GraphRun,
} from '../../../../../daemon/workflow/definition/index.js';
import { factsWith } from './catalogue.js';

export const RUN = { seed: 7, bridge: null };

export function compile(text: string, facts: CatalogueFacts = factsWith()): CompiledWorkflow {
  const { compiled, mistakes } = readWorkflow(text, 'test.yaml', facts);
  if (compiled === null) throw new Error(mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'));
  return compiled;
}

export const done = (output: JsonValue): ActivationResult => ({ kind: 'done', output });
export const failed = (message: string): ActivationResult => ({
  kind: 'failed',
  error: { code: 'GRYM_INTERNAL', kind: 'fatal', message, remedy: 'None.' },
});

/** What a step gives, as a function of what it was given alone. */
export type Worker = (activation: Activation) => ActivationResult;

/** What one activation was, without the order in which it came. */
export const fact = ({ path, position, scope, step, params }: Activation): JsonObject => ({ path, position, scope, step, params });

export interface Played {
  readonly graph: GraphRun;
  /** Sorted by position. */
  readonly activations: readonly JsonObject[];
  /** In the order in which they were settled. */
  readonly settled: readonly { readonly path: string; readonly result: ActivationResult }[];
}

/** Carries a run to its end; `pick` says which of those under way ends next. */
export function play(graph: GraphRun, work: Worker, pick: (open: number) => number = () => 0): Played {
  const open: Activation[] = [];
  const all: Activation[] = [];
  const settled: { path: string; result: ActivationResult }[] = [];
  for (;;) {
    const ready = graph.takeReady();
    open.push(...ready);
    all.push(...ready);
    if (open.length === 0) break;
    const [next] = open.splice(pick(open.length) % open.length, 1);
    if (next === undefined) break;
    const result = work(next);
    settled.push({ path: next.path, result });
    graph.settle(next.path, result);
  }
  const activations = all.sort((one, other) => (one.position < other.position ? -1 : 1)).map(fact);
  return { graph, activations, settled };
}

export const run = (text: string, inputs: JsonObject, work: Worker, facts?: CatalogueFacts): Played =>
  play(openGraph(compile(text, facts), inputs, RUN), work);
