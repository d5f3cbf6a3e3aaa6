import type { StaticScope } from '../expressions/check.js';
import { ANY, mapOf, nullable, NUMBER, TEXT, type Type } from '../expressions/types.js';
import { nearest } from '../suggest.js';

const RUN: Type = mapOf({ seed: NUMBER, bridge: nullable(TEXT) });

/** What the expressions of one block may name while its steps are read one after the other. */
export class BlockScope implements StaticScope {
  readonly run = RUN;
  private readonly outputs = new Map<string, Type>();
  /** The step that is being read. */
  private current: string | null = null;

  constructor(
    readonly inputs: Type,
    readonly variables: ReadonlyMap<string, Type>,
    /** Ids of this block. */
    private readonly ids: ReadonlySet<string>,
    /** Of every id in the document, the step that holds it: null = the document itself. */
    private readonly holders: ReadonlyMap<string, string | null>,
    private readonly outer: BlockScope | null = null,
  ) {}

  inside(ids: ReadonlySet<string>, loop: { readonly name: string; readonly type: Type } | null): BlockScope {
    const variables = loop === null ? this.variables : new Map([...this.variables, [loop.name, loop.type]]);
    return new BlockScope(this.inputs, variables, ids, this.holders, this);
  }

  begin(id: string): void {
    this.current = id;
  }

  finish(id: string, output: Type): void {
    this.current = null;
    this.outputs.set(id, output);
  }

  /** An id of this block's surroundings, which a step inside may not take again. */
  isTakenAround(id: string): boolean {
    for (let scope = this.outer; scope !== null; scope = scope.outer) if (scope.ids.has(id)) return true;
    return false;
  }

  step(id: string): ReturnType<StaticScope['step']> {
    for (let scope = this as BlockScope | null; scope !== null; scope = scope.outer) {
      const output = scope.outputs.get(id);
      if (output !== undefined) return output;
      if (scope.ids.has(id)) return this.notYet(id, scope);
    }
    const visible = this.visible();
    const holder = this.holders.get(id);
    if (holder !== undefined && holder !== null) {
      return {
        ...{ problem: `The step "${id}" is inside "${holder}" and not seen from here`, suggestion: null },
        expected: 'a step of this block or of one around it',
        advice: `hand its result on by the output of "${holder}" and use steps.${holder}`,
      };
    }
    const minus = /^(.+)-(\d+)$/.exec(id);
    return {
      ...{ problem: `There is no step "${id}"`, advice: null },
      expected: visible.length === 0 ? 'no step, since none comes before this one' : `one of ${visible.join(', ')}`,
      suggestion: minus !== null && visible.includes(minus[1] ?? '') ? `steps.${minus[1]} - ${minus[2]}` : nearest(id, visible),
    };
  }

  private notYet(id: string, scope: BlockScope): ReturnType<StaticScope['step']> {
    const visible = this.visible();
    const expected = visible.length === 0 ? 'no step, since none comes before this one' : `one of ${visible.join(', ')}`;
    if (scope.current === id) {
      const problem =
        scope === this ? `The step "${id}" cannot use its own output` : `The block "${id}" around this step has no output yet`;
      return { problem, expected, suggestion: null, advice: 'use a step before it' };
    }
    const before = scope.current ?? 'this step';
    return { problem: `The step "${id}" comes later`, expected, suggestion: null, advice: `put "${id}" before "${before}"` };
  }

  private visible(): string[] {
    const ids: string[] = [];
    for (let scope = this as BlockScope | null; scope !== null; scope = scope.outer) ids.push(...scope.outputs.keys());
    return ids;
  }
}

export const loopType = (kind: 'times' | 'for-each' | 'repeat', value: Type = ANY): Type => {
  const common = { index: NUMBER, number: NUMBER };
  if (kind === 'times') return mapOf(common);
  return mapOf(kind === 'for-each' ? { ...common, value } : { ...common, previous: ANY });
};
