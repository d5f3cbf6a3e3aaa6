import { isGrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type {
  CompiledNode,
  CompiledWorkflow,
  InputDeclaration,
  NeededCapability,
  ParallelNode,
  StepNode,
  SubWorkflowNode,
  Template,
} from './compiled.js';
import { MAXIMUM_VALUE_SIZE, sizeOf, WorkPool } from './expressions/work.js';
import { evaluateExpression, evaluateTemplate, programsOf, type EvaluationScope, type Programs } from './graph/template.js';

/** Thrown where an expression asks for something that only the run itself will tell. */
class NotKnownYet extends Error {}

const NOT_KNOWN_YET = new NotKnownYet();
const unknown = (): never => {
  throw NOT_KNOWN_YET;
};

/**
 * What a search may do where it knows the inputs, in units of work; beyond that they count as not known. A workflow that is used
 * in many places, with other inputs in each, would else be searched once for every way that leads to it.
 */
const MAXIMUM_SEARCH_WORK = 2_000_000;
const WORK_OF_NODE = 20;
const INPUT_SIZE_PER_UNIT = 4;

class Search {
  readonly found: NeededCapability[] = [];
  private readonly pool = new WorkPool(MAXIMUM_SEARCH_WORK);
  private readonly programs: Programs;
  /** Workflows inside with what is known of their inputs: nothing new is found in one a second time. */
  private readonly searched = new Set<string>();

  constructor(private readonly compiled: CompiledWorkflow) {
    this.programs = programsOf(compiled);
  }

  nodes(nodes: readonly CompiledNode[], inputs: JsonObject, around: string): void {
    const { programs, pool } = this;
    const scope: EvaluationScope = {
      ...{ inputs, programs, pool, step: unknown, variable: unknown },
      get run(): JsonObject {
        return unknown();
      },
    };
    this.within(nodes, scope, around);
  }

  private within(nodes: readonly CompiledNode[], scope: EvaluationScope, around: string): void {
    for (const node of nodes) {
      this.pool.take(WORK_OF_NODE);
      const { when } = node;
      if (when !== null && this.condition(when, scope) === false) continue;
      this.node(node, scope, around === '' ? node.id : `${around}/${node.id}`);
    }
  }

  /** The value, or undefined where the inputs alone do not tell it. */
  private told(compute: () => JsonValue): JsonValue | undefined {
    if (this.pool.left <= 0) return undefined;
    try {
      return compute();
    } catch (error) {
      if (error instanceof NotKnownYet || isGrymError(error, 'GRYM_WORKFLOW_EXPRESSION')) return undefined;
      throw error;
    }
  }

  private condition(source: string, scope: EvaluationScope): JsonValue | undefined {
    return this.told(() => evaluateExpression(source, scope, ''));
  }

  private node(node: CompiledNode, scope: EvaluationScope, where: string): void {
    switch (node.kind) {
      case 'step':
        return this.step(node, where);
      case 'parallel':
        return this.parallel(node, scope, where);
      case 'repeat':
        return this.within(node.body.nodes, scope, where);
      case 'choose':
        for (const { when, body } of node.options) {
          const holds = when === null ? true : this.condition(when, scope);
          if (holds !== false) this.within(body.nodes, scope, where);
          if (holds === true) return;
        }
        return;
      case 'workflow':
        return this.subWorkflow(node, scope, where);
    }
  }

  private step(node: StepNode, where: string): void {
    const { capability, step, whenUnavailable } = node;
    if (capability !== null) this.found.push({ capability, step, where, whenUnavailable });
  }

  private parallel({ over }: ParallelNode, scope: EvaluationScope, where: string): void {
    if (over.kind === 'branches') {
      for (const { body } of over.branches) this.within(body.nodes, scope, where);
      return;
    }
    const value = this.told(() => evaluateTemplate(over.kind === 'times' ? over.count : over.list, scope, ''));
    if (value === 0 || (Array.isArray(value) && value.length === 0)) return;
    this.within(over.body.nodes, scope, where);
  }

  private subWorkflow({ body, with: given }: SubWorkflowNode, scope: EvaluationScope, where: string): void {
    const found = this.compiled.bodies[body];
    if (found === undefined) return;
    const known = Object.entries(found.inputs).map(([name, declared]) => [name, this.inputOf(name, declared, given, scope)] as const);
    const key = `${body} ${JSON.stringify(known.map(([, value]) => (value === undefined ? [] : [value])))}`;
    if (this.searched.has(key)) return;
    this.searched.add(key);
    const inputs: JsonObject = {};
    for (const [name, value] of known) {
      Object.defineProperty(inputs, name, { enumerable: true, ...(value === undefined ? { get: unknown } : { value }) });
    }
    this.nodes(found.nodes, inputs, where);
  }

  /** An input of a workflow inside; undefined where only the run will tell it, or where enough has been searched. */
  private inputOf(
    name: string,
    declared: InputDeclaration,
    given: Readonly<Record<string, Template>>,
    scope: EvaluationScope,
  ): JsonValue | undefined {
    if (this.pool.left <= 0) return undefined;
    const template = Object.hasOwn(given, name) ? given[name] : undefined;
    const told = template === undefined ? null : this.told(() => evaluateTemplate(template, scope, ''));
    const value = told === null ? (declared.default ?? null) : told;
    if (value !== undefined) this.pool.take(sizeOf(value, MAXIMUM_VALUE_SIZE) / INPUT_SIZE_PER_UNIT);
    return value;
  }
}

/**
 * What a run with these (complete) inputs will or may ask for, in the order of the graph; what its inputs leave out is left out. A
 * workflow that is used again with the same inputs is told once.
 */
export function neededCapabilities(compiled: CompiledWorkflow, inputs: JsonObject): readonly NeededCapability[] {
  const search = new Search(compiled);
  search.nodes(compiled.bodies[0]?.nodes ?? [], inputs, '');
  return search.found;
}
