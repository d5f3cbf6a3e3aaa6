import { isGrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { CompiledNode, CompiledWorkflow, NeededCapability, ParallelNode, StepNode, Template } from './compiled.js';
import type { ExpressionScope } from './expressions/evaluate.js';
import { evaluateExpression, evaluateTemplate } from './graph/template.js';

/** Thrown where an expression asks for something that only the run itself will tell. */
class NotKnownYet extends Error {}

const unknown = (): never => {
  throw new NotKnownYet();
};

const scopeOf = (inputs: JsonObject): ExpressionScope => ({
  inputs,
  get run(): JsonObject {
    return unknown();
  },
  step: unknown,
  variable: unknown,
});

/** The value, or undefined where the inputs alone do not tell it. */
function told(compute: () => JsonValue): JsonValue | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NotKnownYet || isGrymError(error, 'GRYM_WORKFLOW_EXPRESSION')) return undefined;
    throw error;
  }
}

class Search {
  readonly found: NeededCapability[] = [];

  constructor(private readonly compiled: CompiledWorkflow) {}

  nodes(nodes: readonly CompiledNode[], inputs: JsonObject, around: string): void {
    const scope = scopeOf(inputs);
    for (const node of nodes) {
      const { when } = node;
      if (when !== null && this.condition(when, scope) === false) continue;
      this.node(node, inputs, scope, around === '' ? node.id : `${around}/${node.id}`);
    }
  }

  private condition(source: string, scope: ExpressionScope): JsonValue | undefined {
    return told(() => evaluateExpression(source, scope, ''));
  }

  private node(node: CompiledNode, inputs: JsonObject, scope: ExpressionScope, where: string): void {
    switch (node.kind) {
      case 'step':
        return this.step(node, where);
      case 'parallel':
        return this.parallel(node, inputs, scope, where);
      case 'repeat':
        return this.nodes(node.body.nodes, inputs, where);
      case 'choose':
        for (const { when, body } of node.options) {
          const holds = when === null ? true : this.condition(when, scope);
          if (holds !== false) this.nodes(body.nodes, inputs, where);
          if (holds === true) return;
        }
        return;
      case 'workflow':
        return this.nodes(this.compiled.bodies[node.body]?.nodes ?? [], this.inputsOf(node.body, node.with, scope), where);
    }
  }

  private step(node: StepNode, where: string): void {
    const { capability, step, whenUnavailable } = node;
    if (capability !== null) this.found.push({ capability, step, where, whenUnavailable });
  }

  private parallel({ over }: ParallelNode, inputs: JsonObject, scope: ExpressionScope, where: string): void {
    if (over.kind === 'branches') {
      for (const { body } of over.branches) this.nodes(body.nodes, inputs, where);
      return;
    }
    const value = told(() => evaluateTemplate(over.kind === 'times' ? over.count : over.list, scope, ''));
    if (value === 0 || (Array.isArray(value) && value.length === 0)) return;
    this.nodes(over.body.nodes, inputs, where);
  }

  /** Inputs of a sub-workflow; asking for one that only the run will tell throws NotKnownYet. */
  private inputsOf(body: number, given: Readonly<Record<string, Template>>, scope: ExpressionScope): JsonObject {
    const inputs: Record<string, JsonValue> = {};
    for (const [name, declared] of Object.entries(this.compiled.bodies[body]?.inputs ?? {})) {
      const template = given[name];
      const value = template === undefined ? null : told(() => evaluateTemplate(template, scope, ''));
      if (value === undefined) Object.defineProperty(inputs, name, { enumerable: true, get: unknown });
      else inputs[name] = value ?? declared.default ?? null;
    }
    return inputs;
  }
}

/** What a run with these (complete) inputs will or may ask for, in the order of the graph; what its inputs leave out is left out. */
export function neededCapabilities(compiled: CompiledWorkflow, inputs: JsonObject): readonly NeededCapability[] {
  const search = new Search(compiled);
  search.nodes(compiled.bodies[0]?.nodes ?? [], inputs, '');
  return search.found;
}
