import { GrymError, type JsonObject } from '../../../kernel/index.js';
import type { Activation, ActivationResult, GraphEnd, GraphRun } from '../activation.js';
import { COMPILED_FORMAT, type CompiledNode, type CompiledWorkflow, type RunFacts, type Sequence } from '../compiled.js';
import { WorkPool } from '../expressions/work.js';
import { completeInputs } from '../inputs.js';
import type { Outcome, Place, Run, RunBody } from './node-run.js';
import { Scope } from './scope.js';
import { SequenceRun } from './sequence-run.js';
import { Share } from './share.js';
import { programsOf } from './template.js';

interface Open {
  readonly activation: Activation;
  readonly settled: (result: ActivationResult) => void;
  taken: boolean;
}

/** See GraphRun. What a settled step costs depends on the depth of its block, never on how much has run before. */
class OpenGraph implements GraphRun, Run {
  readonly bodies: readonly RunBody[];
  private readonly facts: JsonObject;
  private readonly open = new Map<string, Open>();
  private ready: Open[] = [];
  private ended: GraphEnd | null = null;
  private readonly whole = new Share(1);
  private reached = 0;
  private readonly weights = new Map<CompiledNode | Sequence, number>();

  constructor(compiled: CompiledWorkflow, given: JsonObject, facts: RunFacts) {
    const format: number = compiled.format;
    if (format !== COMPILED_FORMAT) throw new GrymError('GRYM_INTERNAL', { reason: `a workflow of the unknown format ${format}` });
    this.facts = { seed: facts.seed, bridge: facts.bridge };
    const inputs = completeInputs(compiled, given);
    this.bodies = compiled.bodies.map(({ name, inputs: declared, nodes, outputs }) => ({
      ...{ name, inputs: declared },
      sequence: { nodes, output: { object: outputs } },
    }));
    const [main] = this.bodies;
    if (main === undefined) throw new GrymError('GRYM_INTERNAL', { reason: 'a compiled workflow without a body' });
    const place = { path: '', position: '', branch: '', share: this.whole };
    const scope = new Scope(inputs, this.facts, programsOf(compiled), new WorkPool());
    const outcome = this.start(main.sequence, scope, place, (late) => this.conclude(late));
    if (outcome !== null) this.conclude(outcome);
  }

  takeReady(): readonly Activation[] {
    const taken = this.ready.sort((one, other) => (one.activation.position < other.activation.position ? -1 : 1));
    this.ready = [];
    for (const entry of taken) entry.taken = true;
    return taken.map(({ activation }) => activation);
  }

  settle(path: string, result: ActivationResult): void {
    const entry = this.open.get(path);
    if (entry?.taken !== true) throw new GrymError('GRYM_INTERNAL', { reason: `the step ${path} is not under way` });
    this.open.delete(path);
    entry.settled(result);
  }

  get end(): GraphEnd | null {
    return this.ended;
  }

  get underWay(): readonly Activation[] {
    return [...this.open.values()].filter(({ taken }) => taken).map(({ activation }) => activation);
  }

  get fraction(): number {
    this.reached = Math.max(this.reached, this.ended?.kind === 'succeeded' ? 1 : Math.min(this.whole.done, 1));
    return this.reached;
  }

  start(sequence: Sequence, scope: Scope, place: Place, ended: (outcome: Outcome) => void): Outcome | null {
    return new SequenceRun(this, sequence, scope, place, ended).goOn();
  }

  offer(activation: Activation, settled: (result: ActivationResult) => void): void {
    const entry = { activation, settled, taken: false };
    if (this.open.has(activation.path)) throw new GrymError('GRYM_INTERNAL', { reason: `two steps are called ${activation.path}` });
    this.open.set(activation.path, entry);
    this.ready.push(entry);
  }

  weight(sequence: Sequence): number {
    return this.remember(sequence, () => this.sum(sequence.nodes));
  }

  weightOf(node: CompiledNode): number {
    return this.remember(node, () => {
      switch (node.kind) {
        case 'step':
          return 1;
        case 'parallel':
          return node.over.kind === 'branches'
            ? node.over.branches.reduce((sum, { body }) => sum + this.weight(body), 0)
            : this.weight(node.over.body);
        case 'repeat':
          return this.weight(node.body);
        case 'choose':
          return Math.max(...node.options.map(({ body }) => this.weight(body)));
        case 'workflow':
          return this.weight(this.bodies[node.body]?.sequence ?? { nodes: [], output: null });
      }
    });
  }

  private sum(nodes: readonly CompiledNode[]): number {
    return Math.max(
      1,
      nodes.reduce((sum, node) => sum + this.weightOf(node), 0),
    );
  }

  private remember(key: CompiledNode | Sequence, compute: () => number): number {
    const known = this.weights.get(key);
    if (known !== undefined) return known;
    const weight = compute();
    this.weights.set(key, weight);
    return weight;
  }

  private conclude(outcome: Outcome): void {
    this.ended =
      outcome.kind === 'failed'
        ? { kind: 'failed', path: outcome.path, error: outcome.error }
        : { kind: 'succeeded', outputs: outcome.output as JsonObject };
  }
}

/** Inputs may be as the caller gave them; throws GRYM_WORKFLOW_INPUTS. */
export function openGraph(compiled: CompiledWorkflow, inputs: JsonObject, run: RunFacts): GraphRun {
  return new OpenGraph(compiled, inputs, run);
}
