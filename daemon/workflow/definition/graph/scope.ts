import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import type { ExpressionScope } from '../expressions/evaluate.js';

/** What the expressions of one block see: its own steps, then those of the blocks around it. Nothing is ever copied. */
export class Scope implements ExpressionScope {
  private readonly outputs = new Map<string, JsonValue>();

  constructor(
    readonly inputs: JsonObject,
    readonly run: JsonObject,
    private readonly outer: Scope | null = null,
    private readonly loop: { readonly name: string; readonly value: JsonObject } | null = null,
  ) {}

  inside(loop: { readonly name: string; readonly value: JsonObject } | null = null): Scope {
    return new Scope(this.inputs, this.run, this, loop);
  }

  set(id: string, output: JsonValue): void {
    this.outputs.set(id, output);
  }

  step(id: string): JsonValue {
    for (let scope = this as Scope | null; scope !== null; scope = scope.outer) {
      const output = scope.outputs.get(id);
      if (output !== undefined) return output;
    }
    return null;
  }

  variable(name: string): JsonValue | undefined {
    for (let scope = this as Scope | null; scope !== null; scope = scope.outer) {
      if (scope.loop?.name === name) return scope.loop.value;
    }
    return undefined;
  }
}
