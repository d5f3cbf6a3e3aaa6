import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import type { WorkPool } from '../expressions/work.js';
import type { EvaluationScope, Programs } from './template.js';

interface Loop {
  readonly name: string;
  readonly value: JsonObject;
}

/** What the expressions of one block see: its own steps, then those of the blocks around it. Nothing is ever copied. */
export class Scope implements EvaluationScope {
  private readonly outputs = new Map<string, JsonValue>();

  constructor(
    readonly inputs: JsonObject,
    readonly run: JsonObject,
    readonly programs: Programs,
    readonly pool: WorkPool,
    private readonly outer: Scope | null = null,
    private readonly loop: Loop | null = null,
  ) {}

  /** `pool`: of a branch. */
  inside(loop: Loop | null = null, pool = this.pool): Scope {
    return new Scope(this.inputs, this.run, this.programs, pool, this, loop);
  }

  /** Of a workflow inside, which sees nothing of what is around it. */
  withInputs(inputs: JsonObject): Scope {
    return new Scope(inputs, this.run, this.programs, this.pool);
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
