import type { ASTNode } from '@marcbachmann/cel-js';
import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import { findFunction } from './functions.js';
import { ExpressionError, parseExpression, stepIdOf } from './parse.js';
import { BINARY, booleanOf, isMap, kindOf, numberOf, ValueError, type BinaryOperation } from './values.js';
import { type Work, WORK_OF_FAILURE } from './work.js';

/** What an expression can see; only what it names is looked up. */
export interface ExpressionScope {
  readonly inputs: JsonObject;
  readonly run: JsonObject;
  /** Output of a step before it, in its own block or one around it. */
  step(id: string): JsonValue;
  /** Of a loop around it. */
  variable(name: string): JsonValue | undefined;
}

/** `work`: shared by the expressions of one value. */
export type Evaluator = (scope: ExpressionScope, work: Work) => JsonValue;

interface Frame {
  readonly scope: ExpressionScope;
  readonly work: Work;
  readonly local: Local | null;
}
interface Local {
  readonly name: string;
  readonly value: JsonValue;
  readonly outer: Local | null;
}
type Node = (frame: Frame) => JsonValue;

function located(ast: ASTNode, compute: Node): Node {
  return (frame) => {
    try {
      return compute(frame);
    } catch (error) {
      if (error instanceof ValueError) throw new ExpressionError(error.message, ast.start, ast.end);
      throw error;
    }
  };
}

function literal(ast: ASTNode & { readonly op: 'value' }): JsonValue {
  const value = ast.args;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new ExpressionError('The number is too large to be exact', ast.start, ast.end, { expected: 'a number up to 2^53' });
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  throw new ExpressionError('Bytes and unsigned numbers have no place in a workflow', ast.start, ast.end, { expected: 'a number or text' });
}

function identifier(ast: ASTNode & { readonly op: 'id' }): Node {
  const name = ast.args;
  if (name === 'inputs') return ({ scope }) => scope.inputs;
  if (name === 'run') return ({ scope }) => scope.run;
  return ({ scope, local }) => {
    for (let at = local; at !== null; at = at.outer) if (at.name === name) return at.value;
    const value = scope.variable(name);
    if (value === undefined) throw new ExpressionError(`Nothing is called "${name}" here`, ast.start, ast.end);
    return value;
  };
}

/** Of those that an error names. */
const MAXIMUM_NAMES = 20;

/** What a step did not make has no parts: a field of null is null. */
function fieldOf(value: JsonValue, name: string): JsonValue {
  if (value === null) return null;
  if (!isMap(value)) throw new ValueError(`${kindOf(value)} has no field "${name}"`);
  const field = Object.hasOwn(value, name) ? value[name] : undefined;
  if (field !== undefined) return field;
  const known = Object.keys(value);
  const only = known.slice(0, MAXIMUM_NAMES).join(', ') + (known.length > MAXIMUM_NAMES ? ' and others' : '');
  throw new ValueError(`there is no field "${name}", only ${only || 'an empty map'}; has() asks for it`);
}

function entryOf(value: JsonValue, key: JsonValue): JsonValue {
  if (value === null) return null;
  if (isMap(value)) {
    if (typeof key === 'string') return fieldOf(value, key);
    throw new ValueError(`a map is asked by text, not by ${kindOf(key)}`);
  }
  if (!Array.isArray(value)) throw new ValueError(`${kindOf(value)} has no entries`);
  const list = value as readonly JsonValue[];
  const entry = typeof key === 'number' ? list[key] : undefined;
  if (entry !== undefined) return entry;
  throw new ValueError(
    `the list has ${list.length} entries, counted from 0: there is none at ${typeof key === 'number' ? key : kindOf(key)}`,
  );
}

function field(ast: ASTNode & { readonly op: '.' }): Node {
  const [object, name] = ast.args;
  if (object.op === 'id' && object.args === 'steps') {
    const id = stepIdOf(name);
    return ({ scope }) => scope.step(id);
  }
  const compiled = build(object);
  return located(ast, (frame) => fieldOf(compiled(frame), name));
}

function has(ast: ASTNode): Node {
  if (ast.op !== '.') throw new ExpressionError('has() asks for a field', ast.start, ast.end, { expected: 'has(value.field)' });
  const [object, name] = ast.args;
  if (object.op === 'id' && object.args === 'steps') {
    const step = field(ast);
    return (frame) => step(frame) !== null;
  }
  const compiled = build(object);
  return (frame) => {
    const value = compiled(frame);
    return value !== null && isMap(value) && Object.hasOwn(value, name);
  };
}

function entriesOf(value: JsonValue, work: Work): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  if (isMap(value)) {
    const names = Object.keys(value);
    work.spend(names.length);
    return names;
  }
  throw new ValueError(`only a list or a map can be gone through, not ${kindOf(value)}`);
}

function nameOf(ast: ASTNode): string {
  if (ast.op === 'id') return ast.args;
  throw new ExpressionError('Here stands the name of each entry', ast.start, ast.end, {
    expected: 'a name, as in list.map(entry, entry.clip)',
  });
}

type Visit = (frame: Frame) => boolean;

/** `list.map(x, …)` and its kin: shows each entry to `visit` until that says false. */
function each(receiver: ASTNode, name: ASTNode): (frame: Frame, visit: Visit) => void {
  const list = build(receiver);
  const entries = located(receiver, (frame) => entriesOf(list(frame), frame.work)) as (frame: Frame) => readonly JsonValue[];
  const variable = nameOf(name);
  return (frame, visit) => {
    const { scope, work, local } = frame;
    for (const entry of entries(frame)) {
      work.spend(1);
      if (!visit({ scope, work, local: { name: variable, value: entry, outer: local } })) return;
    }
  };
}

function condition(ast: ASTNode): (frame: Frame) => boolean {
  const compiled = build(ast);
  return located(ast, (frame) => booleanOf(compiled(frame))) as (frame: Frame) => boolean;
}

/** `all`, `exists`, `exists_one`. */
function quantifier(name: string, receiver: ASTNode, args: readonly ASTNode[]): Node {
  const [variable, predicate] = args as [ASTNode, ASTNode];
  const visitAll = each(receiver, variable);
  const holds = condition(predicate);
  return (frame) => {
    let hits = 0;
    let misses = 0;
    visitAll(frame, (inner) => {
      if (holds(inner)) hits += 1;
      else misses += 1;
      return name === 'all' ? misses === 0 : name === 'exists' ? hits === 0 : hits < 2;
    });
    return name === 'all' ? misses === 0 : name === 'exists' ? hits > 0 : hits === 1;
  };
}

/** `filter(x, condition)`, `map(x, value)`, `map(x, condition, value)`. */
function collecting(name: string, receiver: ASTNode, args: readonly ASTNode[]): Node {
  const [variable, second, third] = args as [ASTNode, ASTNode, ASTNode | undefined];
  const visitAll = each(receiver, variable);
  const keep = name === 'filter' || third !== undefined ? condition(second) : () => true;
  const value = build(name === 'filter' ? variable : (third ?? second));
  return (frame) => {
    const collected: JsonValue[] = [];
    visitAll(frame, (inner) => {
      if (keep(inner)) collected.push(value(inner));
      return true;
    });
    return collected;
  };
}

function countGiven(value: JsonValue, work: Work): void {
  if (typeof value === 'string') work.characters(value.length);
  else if (Array.isArray(value)) work.spend(value.length);
}

function call(ast: ASTNode, name: string, receiver: ASTNode | null, args: readonly ASTNode[]): Node {
  if (receiver === null && name === 'has' && args[0] !== undefined) return has(args[0]);
  if (receiver !== null && args.length >= 2) {
    if (['all', 'exists', 'exists_one'].includes(name)) return quantifier(name, receiver, args);
    if (['map', 'filter'].includes(name)) return collecting(name, receiver, args);
  }
  const known = findFunction(receiver === null ? 'call' : 'method', name);
  const values = (receiver === null ? args : [receiver, ...args]).map(build);
  if (known === undefined || known.parameters.length !== values.length) {
    throw new ExpressionError(`There is no function ${name}() with ${args.length} arguments`, ast.start, ast.end);
  }
  return located(ast, (frame) => {
    const given = values.map((value) => value(frame));
    for (const value of given) countGiven(value, frame.work);
    return known.apply(frame.work, ...given);
  });
}

/** As CEL has it: where one side decides, a failure of the other does not count. */
function logical(ast: ASTNode, left: ASTNode, right: ASTNode, deciding: boolean): Node {
  const [first, second] = [condition(left), condition(right)];
  return (frame) => {
    let failure: unknown;
    try {
      if (first(frame) === deciding) return deciding;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      frame.work.spend(WORK_OF_FAILURE);
      failure = error;
    }
    if (second(frame) === deciding) return deciding;
    if (failure instanceof Error) throw failure;
    return !deciding;
  };
}

function map(ast: ASTNode & { readonly op: 'map' }): Node {
  const entries = ast.args.map(([key, value]) => [key, build(key), build(value)] as const);
  return (frame) => {
    const object: Record<string, JsonValue> = {};
    for (const [key, name, value] of entries) {
      const text = name(frame);
      if (typeof text !== 'string') throw new ExpressionError(`A key must be text, not ${kindOf(text)}`, key.start, key.end);
      const field = value(frame);
      if (text === '__proto__') Object.defineProperty(object, text, { value: field, enumerable: true, configurable: true, writable: true });
      else object[text] = field;
    }
    return object;
  };
}

function build(ast: ASTNode): Node {
  const node = buildPart(ast);
  return (frame) => {
    frame.work.spend(1);
    return node(frame);
  };
}

function buildPart(ast: ASTNode): Node {
  switch (ast.op) {
    case 'value': {
      const value = literal(ast);
      return () => value;
    }
    case 'id':
      return identifier(ast);
    case '.':
      return field(ast);
    case '[]': {
      const [list, key] = [build(ast.args[0]), build(ast.args[1])];
      return located(ast, (frame) => entryOf(list(frame), key(frame)));
    }
    case 'call':
      return call(ast, ast.args[0], null, ast.args[1]);
    case 'rcall':
      return call(ast, ast.args[0], ast.args[1], ast.args[2]);
    case 'list': {
      const entries = ast.args.map(build);
      return (frame) => entries.map((entry) => entry(frame));
    }
    case 'map':
      return map(ast);
    case '?:': {
      const [test, then, otherwise] = [condition(ast.args[0]), build(ast.args[1]), build(ast.args[2])];
      return (frame) => (test(frame) ? then(frame) : otherwise(frame));
    }
    case '||':
      return logical(ast, ast.args[0], ast.args[1], true);
    case '&&':
      return logical(ast, ast.args[0], ast.args[1], false);
    case '!_': {
      const test = condition(ast.args);
      return (frame) => !test(frame);
    }
    case '-_': {
      const value = build(ast.args);
      return located(ast, (frame) => -numberOf(value(frame)));
    }
    case '.?':
    case '[?]':
      throw new ExpressionError('Optional access has no place here: a field of null is null', ast.start, ast.end, {
        expected: 'value.field',
      });
    default: {
      const operation = BINARY[ast.op] as BinaryOperation;
      const [left, right] = [build(ast.args[0]), build(ast.args[1])];
      return located(ast, (frame) => operation(left(frame), right(frame), frame.work));
    }
  }
}

/** Compiles an expression once for many evaluations; throws ExpressionError, as its evaluation does, which may throw TooMuchWork too. */
export function compileExpression(source: string): Evaluator {
  const node = build(parseExpression(source));
  return (scope, work) => node({ scope, work, local: null });
}
