import { GrymError, type JsonObject } from '../kernel/index.js';
import type { PlannableStep, PlannableWorkflow } from '../models/index.js';
import type { CapabilityRegistry, StepCatalogue } from './catalogue/index.js';
import {
  readWorkflow,
  type CatalogueFacts,
  type CompiledNode,
  type CompiledWorkflow,
  type Mistake,
  type Sequence,
  type WorkflowLibrary,
} from './definition/index.js';

/** For messages: where the mistakes of a plan are. */
export const PLAN_FILE = 'plan.yaml';

/** What a plan may be made of, and whether one is right. */
export interface Planning {
  workflows(): readonly PlannableWorkflow[];
  steps(): readonly PlannableStep[];
  /** What documents of plans are checked against: plans do not plan. */
  facts(): CatalogueFacts;
  /** Reads a plan that gets `known` as its inputs. One line for each mistake; none where it is right. */
  check(document: string, known: JsonObject): readonly string[];
  /** Throws GRYM_WORKFLOW_INVALID with all mistakes. */
  read(document: string, known: JsonObject): CompiledWorkflow;
}

export interface PlanningParts {
  readonly library: () => WorkflowLibrary;
  readonly catalogue: StepCatalogue;
  readonly capabilities: Pick<CapabilityRegistry, 'providers'>;
}

function sequencesIn(node: CompiledNode): readonly Sequence[] {
  switch (node.kind) {
    case 'step':
    case 'workflow':
      return [];
    case 'parallel':
      return node.over.kind === 'branches' ? node.over.branches.map(({ body }) => body) : [node.over.body];
    case 'repeat':
      return [node.body];
    case 'choose':
      return node.options.map(({ body }) => body);
  }
}

function uses(nodes: readonly CompiledNode[], steps: ReadonlySet<string>): boolean {
  return nodes.some(
    (node) => (node.kind === 'step' && steps.has(node.step)) || sequencesIn(node).some((inner) => uses(inner.nodes, steps)),
  );
}

function lineOf({ line, column, message }: Mistake): string {
  return `line ${line}, column ${column}: ${message}`;
}

export function createPlanning({ library, catalogue, capabilities }: PlanningParts): Planning {
  const internal = new Set(catalogue.steps.filter(({ plannable }) => plannable === false).map(({ name }) => name));
  const known = new WeakMap<WorkflowLibrary, { readonly names: ReadonlySet<string>; readonly facts: CatalogueFacts }>();

  /** Worked out once for each state of the library. */
  function factsOf(documents: WorkflowLibrary): { readonly names: ReadonlySet<string>; readonly facts: CatalogueFacts } {
    const before = known.get(documents);
    if (before !== undefined) return before;
    const plannable = documents.entries.filter(
      ({ compiled }) => compiled !== null && !compiled.bodies.some(({ nodes }) => uses(nodes, internal)),
    );
    const names = new Set(plannable.map(({ name }) => name));
    const facts: CatalogueFacts = {
      steps: new Map([...documents.facts.steps].filter(([name]) => !internal.has(name))),
      workflows: new Map([...documents.facts.workflows].filter(([name]) => names.has(name))),
    };
    known.set(documents, { names, facts });
    return { names, facts };
  }

  function readPlan(
    document: string,
    given: JsonObject,
  ): { readonly compiled: CompiledWorkflow | null; readonly lines: readonly string[] } {
    const { compiled, mistakes } = readWorkflow(document, PLAN_FILE, factsOf(library()).facts);
    if (compiled === null) return { compiled, lines: mistakes.map(lineOf) };
    const missing = Object.entries(compiled.bodies[0]?.inputs ?? {}).filter(
      ([name, input]) => input.default === undefined && !input.optional && (given[name] ?? null) === null,
    );
    const lines = missing.map(
      ([name]) =>
        `inputs.${name}: A plan is carried out without being asked for inputs, and nothing is known of this one: give it a default.`,
    );
    return { compiled: lines.length === 0 ? compiled : null, lines };
  }

  return {
    workflows: () => {
      const documents = library();
      const { names } = factsOf(documents);
      return documents.entries.filter(({ name, compiled }) => compiled !== null && names.has(name));
    },
    steps: () =>
      catalogue.facts
        .filter(({ name }) => !internal.has(name))
        .map(({ name, help, capability, input, output }) => ({
          ...{ name, help, input: input ?? {}, output: output ?? {} },
          available: capability === null || capabilities.providers(capability).length > 0,
        })),
    facts: () => factsOf(library()).facts,
    check: (document, given) => readPlan(document, given).lines,
    read: (document, given) => {
      const { compiled, lines } = readPlan(document, given);
      if (compiled !== null) return compiled;
      throw new GrymError('GRYM_WORKFLOW_INVALID', { workflow: PLAN_FILE, mistakes: lines.map((line) => `\n  ${line}`).join('') });
    },
  };
}
