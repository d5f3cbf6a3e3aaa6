import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../suggest.js';
import { compileExpression } from './evaluate.js';
import { findFunction, FUNCTIONS, MACROS, nameOfFunction, OTHER_NAMES, type ValueKind } from './functions.js';
import { ExpressionError, parseExpression, stepIdOf } from './parse.js';
import {
  ANY,
  BOOLEAN,
  describe,
  listOf,
  mapOf,
  mayBe,
  mayBeNull,
  NULL,
  nullable,
  NUMBER,
  TEXT,
  typeOfValue,
  union,
  unionOf,
  withoutNull,
  type Type,
} from './types.js';

/** What is known, at one place of a document, of what an expression there may name. */
export interface StaticScope {
  readonly inputs: Type;
  readonly run: Type;
  /** Names of loops around it. */
  readonly variables: ReadonlyMap<string, Type>;
  /** The output of a step, or why it cannot be used here. */
  step(
    id: string,
  ): Type | { readonly problem: string; readonly expected: string; readonly suggestion: string | null; readonly advice: string | null };
}

interface Local {
  readonly name: string;
  readonly type: Type;
  readonly outer: Local | null;
}

const LIST_OF_ANY = listOf(ANY);
const PARAMETER_TYPES: Readonly<Record<Exclude<ValueKind, 'entry'>, Type>> = {
  any: ANY,
  number: NUMBER,
  text: TEXT,
  boolean: BOOLEAN,
  list: LIST_OF_ANY,
  numbers: listOf(NUMBER),
};

/** Finds every mistake of one expression; what is mistaken counts as `any`, so that one mistake is told once. */
class Checker {
  readonly mistakes: ExpressionError[] = [];

  constructor(private readonly scope: StaticScope) {}

  private wrong(ast: { readonly start: number; readonly end: number }, message: string, hints: ExpressionError['hints']): Type {
    this.mistakes.push(new ExpressionError(message, ast.start, ast.end, hints));
    return ANY;
  }

  private expect(ast: ASTNode, expected: Type, local: Local | null, role: string): void {
    const type = this.type(ast, local);
    if (!mayBe(type, expected)) this.wrong(ast, `${role} has the wrong type`, { expected: describe(expected), got: describe(type) });
  }

  type(ast: ASTNode, local: Local | null): Type {
    switch (ast.op) {
      case 'value':
        return this.literal(ast);
      case 'id':
        return this.name(ast, local);
      case '.':
        return this.field(ast, local);
      case '[]':
        return this.entry(ast, local);
      case 'call':
        return this.call(ast, ast.args[0], null, ast.args[1], local);
      case 'rcall':
        return this.call(ast, ast.args[0], ast.args[1], ast.args[2], local);
      case 'list':
        return listOf(unionOf(ast.args.map((entry) => this.type(entry, local))));
      case 'map':
        return this.map(ast, local);
      case '?:':
        this.expect(ast.args[0], BOOLEAN, local, 'The condition before "?"');
        return union(this.type(ast.args[1], local), this.type(ast.args[2], local));
      case '||':
      case '&&':
        for (const side of ast.args) this.expect(side, BOOLEAN, local, `A side of "${ast.op}"`);
        return BOOLEAN;
      case '!_':
        this.expect(ast.args, BOOLEAN, local, 'What stands behind "!"');
        return BOOLEAN;
      case '-_':
        this.expect(ast.args, NUMBER, local, 'What stands behind "-"');
        return NUMBER;
      case '.?':
      case '[?]':
        return this.wrong(ast, 'Optional access is not part of workflows', {
          expected: 'value.field; a field of null is null',
          got: ast.op,
        });
      default:
        return this.binary(ast.op, ast.args, local);
    }
  }

  private literal(ast: ASTNode & { readonly op: 'value' }): Type {
    const value = ast.args;
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return NUMBER;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return typeOfValue(value);
    return this.wrong(ast, 'This kind of value has no place in a workflow', {
      expected: 'a number up to 2^53, text, true, false or null',
      got: String(value),
    });
  }

  private names(local: Local | null): string[] {
    const names = ['inputs', 'run', 'steps', ...this.scope.variables.keys()];
    for (let at = local; at !== null; at = at.outer) names.push(at.name);
    return names;
  }

  private name(ast: ASTNode & { readonly op: 'id' }, local: Local | null): Type {
    const name = ast.args;
    for (let at = local; at !== null; at = at.outer) if (at.name === name) return at.type;
    if (name === 'inputs') return this.scope.inputs;
    if (name === 'run') return this.scope.run;
    if (name === 'steps') {
      return this.wrong(ast, 'Steps are named one by one', { expected: 'steps.<id>', got: 'steps', suggestion: null });
    }
    const variable = this.scope.variables.get(name);
    if (variable !== undefined) return variable;
    const known = this.names(local);
    const field = this.scope.inputs.kind === 'map' && Object.hasOwn(this.scope.inputs.fields, name) ? `inputs.${name}` : null;
    const step = 'kind' in this.scope.step(name) ? `steps.${name}` : null;
    return this.wrong(ast, `Nothing is called "${name}" here`, {
      expected: `one of ${known.join(', ')}`,
      got: name,
      suggestion: field ?? step ?? nearest(name, known),
    });
  }

  private field(ast: ASTNode & { readonly op: '.' }, local: Local | null): Type {
    const [object, name] = ast.args;
    // The library's position of a field is its name; an access begins where its object does.
    const at = { start: ast.pos, end: ast.end };
    if (object.op === 'id' && object.args === 'steps') {
      const id = stepIdOf(name);
      const step = this.scope.step(id);
      if ('kind' in step) return step;
      return this.wrong(at, step.problem, { expected: step.expected, got: id, suggestion: step.suggestion, advice: step.advice });
    }
    return this.fieldOf(this.type(object, local), name, at);
  }

  private fieldOf(type: Type, name: string, at: { readonly start: number; readonly end: number }): Type {
    const bare = withoutNull(type);
    const around = (field: Type): Type => (mayBeNull(type) ? nullable(field) : field);
    const maps = (bare.kind === 'union' ? bare.of : [bare]).filter(({ kind }) => kind === 'map' || kind === 'any');
    if (maps.length === 0) {
      if (bare.kind === 'null') return NULL;
      return this.wrong(at, `${describe(bare)} has no fields`, { expected: 'a map', got: describe(bare) });
    }
    const found: Type[] = [];
    for (const map of maps) {
      if (map.kind !== 'map') return ANY;
      if (Object.hasOwn(map.fields, name)) found.push(map.fields[name] ?? ANY);
      else if (map.open) return ANY;
    }
    if (found.length > 0) return around(unionOf(found));
    const known = maps.flatMap((map) => (map.kind === 'map' ? Object.keys(map.fields) : []));
    return this.wrong(at, `There is no field "${name}"`, {
      expected: known.length === 0 ? 'no field at all' : `one of ${known.join(', ')}`,
      got: name,
      suggestion: nearest(name, known),
    });
  }

  private entry(ast: ASTNode & { readonly op: '[]' }, local: Local | null): Type {
    const [object, key] = ast.args;
    if (object.op === 'id' && object.args === 'steps') {
      const id = key.op === 'value' && typeof key.args === 'string' ? key.args : null;
      return this.wrong(ast, 'Steps are named one by one', {
        expected: 'steps.<id>',
        got: 'steps[…]',
        suggestion: id === null ? null : `steps.${id}`,
      });
    }
    const type = this.type(object, local);
    const bare = withoutNull(type);
    const around = (entry: Type): Type => (mayBeNull(type) ? nullable(entry) : entry);
    if (bare.kind === 'list') {
      this.expect(key, NUMBER, local, 'The place in a list');
      return around(bare.of);
    }
    if (bare.kind === 'map') {
      this.expect(key, TEXT, local, 'The key of a map');
      const named = key.op === 'value' && typeof key.args === 'string' ? key.args : null;
      return named === null ? ANY : around(this.fieldOf(bare, named, key));
    }
    this.type(key, local);
    if (bare.kind === 'any' || bare.kind === 'union') return ANY;
    return this.wrong(object, `${describe(bare)} has no entries`, { expected: 'a list or a map', got: describe(bare) });
  }

  private map(ast: ASTNode & { readonly op: 'map' }, local: Local | null): Type {
    const fields: (readonly [string, Type])[] = [];
    let open = false;
    for (const [key, value] of ast.args) {
      this.expect(key, TEXT, local, 'A key');
      const type = this.type(value, local);
      if (key.op === 'value' && typeof key.args === 'string') fields.push([key.args, type]);
      else open = true;
    }
    return mapOf(Object.fromEntries(fields), open);
  }

  private call(ast: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[], local: Local | null): Type {
    if ((MACROS as readonly string[]).includes(name) && args.length > 0) return this.macro(ast, name, receiver, args, local);
    const form = receiver === null ? 'call' : 'method';
    const known = findFunction(form, name);
    const given = receiver === null ? args : [receiver, ...args];
    if (known === undefined) {
      const names = FUNCTIONS.filter((one) => one.form === form).map(nameOfFunction);
      const all = [...names, ...MACROS];
      const meant = nearest(name, [...all, ...Object.keys(OTHER_NAMES)]);
      for (const value of given) this.type(value, local);
      const at =
        receiver === null ? ast : { start: ast.end - ast.input.slice(receiver.end, ast.end).replace(/^\s*\.\s*/, '').length, end: ast.end };
      return this.wrong(at, `There is no function ${name}()`, {
        expected: `one of ${all.join(', ')}`,
        got: name,
        suggestion: meant === null ? null : (OTHER_NAMES[meant] ?? meant),
      });
    }
    const types = given.map((value) => this.type(value, local));
    if (given.length !== known.parameters.length) {
      return this.wrong(ast, `${name}() takes another number of arguments`, {
        expected: known.signature,
        got: `${args.length} arguments`,
        suggestion: known.signature,
      });
    }
    for (const [index, parameter] of known.parameters.entries()) {
      const [value, type] = [given[index], types[index]];
      if (value === undefined || type === undefined || mayBe(type, PARAMETER_TYPES[parameter])) continue;
      this.wrong(value, `${known.signature} cannot take this`, { expected: describe(PARAMETER_TYPES[parameter]), got: describe(type) });
    }
    return known.result === 'entry' ? ANY : PARAMETER_TYPES[known.result];
  }

  private macro(ast: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[], local: Local | null): Type {
    if (name === 'has') {
      const [asked] = args;
      // Only what is before the last field must be there.
      if (asked?.op === '.' && !(asked.args[0].op === 'id' && asked.args[0].args === 'steps')) this.type(asked.args[0], local);
      else if (asked !== undefined) this.type(asked, local);
      return BOOLEAN;
    }
    const [variable, ...bodies] = args;
    if (receiver === null || variable?.op !== 'id') {
      return this.wrong(ast, `${name}() goes through a list`, { expected: `list.${name}(entry, …)`, got: `${name}(…)`, suggestion: null });
    }
    const list = withoutNull(this.type(receiver, local));
    if (!mayBe(list, union(LIST_OF_ANY, mapOf({}, true)))) {
      this.wrong(receiver, `${name}() goes through a list`, { expected: 'a list', got: describe(list) });
    }
    const entry = list.kind === 'list' ? list.of : ANY;
    const inner: Local = { name: variable.args, type: entry, outer: local };
    const [first, second] = bodies;
    if (first === undefined) return ANY;
    if (name === 'map') {
      if (second === undefined) return listOf(this.type(first, inner));
      this.expect(first, BOOLEAN, inner, 'The condition of map()');
      return listOf(this.type(second, inner));
    }
    this.expect(first, BOOLEAN, inner, `The condition of ${name}()`);
    return name === 'filter' ? listOf(entry) : BOOLEAN;
  }

  private binary(op: string, [left, right]: readonly [ASTNode, ASTNode], local: Local | null): Type {
    const [one, other] = [this.type(left, local), this.type(right, local)];
    const clash = (expected: string): Type =>
      this.wrong({ start: left.start, end: right.end }, `"${op}" cannot join these`, {
        expected,
        got: `${describe(one)} ${op} ${describe(other)}`,
        advice: mayBe(union(one, other), TEXT) ? 'string() makes text of a value, number() makes a number of text' : null,
      });
    switch (op) {
      case '==':
      case '!=':
        return mayBe(one, other) || mayBeNull(one) || mayBeNull(other) ? BOOLEAN : clash('two values that can be equal');
      case 'in':
        return mayBe(other, union(LIST_OF_ANY, mapOf({}, true))) ? BOOLEAN : clash('a list or a map on the right');
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const numbers = mayBe(one, NUMBER) && mayBe(other, NUMBER);
        return numbers || (mayBe(one, TEXT) && mayBe(other, TEXT)) ? BOOLEAN : clash('two numbers or two texts');
      }
      case '+': {
        for (const type of [NUMBER, TEXT]) if (mayBe(one, type) && mayBe(other, type) && one.kind !== 'any') return type;
        if (mayBe(one, LIST_OF_ANY) && mayBe(other, LIST_OF_ANY)) return union(one, other);
        return one.kind === 'any' ? ANY : clash('two numbers, two texts or two lists');
      }
      default:
        return mayBe(one, NUMBER) && mayBe(other, NUMBER) ? NUMBER : clash('two numbers');
    }
  }
}

/** What evaluates it may know more: nothing that cannot be evaluated passes. */
function mistakesOfBuilding(source: string): ExpressionError[] {
  try {
    compileExpression(source);
    return [];
  } catch (error) {
    if (error instanceof ExpressionError) return [error];
    throw error;
  }
}

/** The type of an expression, and all its mistakes in the order of the text. */
export function checkExpression(
  source: string,
  scope: StaticScope,
): { readonly type: Type; readonly mistakes: readonly ExpressionError[] } {
  let ast: ASTNode;
  try {
    ast = parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionError) return { type: ANY, mistakes: [error] };
    throw error;
  }
  const checker = new Checker(scope);
  const type = checker.type(ast, null);
  if (checker.mistakes.length === 0) checker.mistakes.push(...mistakesOfBuilding(source));
  return { type, mistakes: checker.mistakes.sort((one, other) => one.start - other.start) };
}
