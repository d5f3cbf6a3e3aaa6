import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import type { Work } from './work.js';

/** A value that an operation cannot take; the evaluator adds where. */
export class ValueError extends Error {}

export function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return 'a map';
  }
}

export function numberOf(value: JsonValue): number {
  if (typeof value === 'number') return value;
  throw new ValueError(`expected a number, got ${kindOf(value)}`);
}

export function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  throw new ValueError(`expected text, got ${kindOf(value)}`);
}

export function booleanOf(value: JsonValue): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueError(`expected true or false, got ${kindOf(value)}`);
}

export const isMap = (value: JsonValue): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value);

export function equal(one: JsonValue, other: JsonValue, work: Work): boolean {
  work.spend(1);
  if (typeof one === 'string' && typeof other === 'string') {
    if (one.length !== other.length) return false;
    work.characters(one.length);
  }
  if (one === other) return true;
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    const others = other as readonly JsonValue[];
    return (one as readonly JsonValue[]).every((value, index) => equal(value, others[index] ?? null, work));
  }
  const [left, right] = [one as JsonObject, other as JsonObject];
  const names = Object.keys(left);
  work.spend(names.length);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && equal(left[name] ?? null, right[name] ?? null, work));
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new ValueError('the result is not a number (division by zero, or too large)');
}

function add(left: JsonValue, right: JsonValue, work: Work): JsonValue {
  if (typeof left === 'number' && typeof right === 'number') return finite(left + right);
  if (typeof left === 'string' && typeof right === 'string') {
    work.characters(left.length + right.length);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    work.spend(left.length + right.length);
    return [...(left as readonly JsonValue[]), ...(right as readonly JsonValue[])];
  }
  throw new ValueError(`${kindOf(left)} and ${kindOf(right)} cannot be added; string() makes text of a value`);
}

function order(left: JsonValue, right: JsonValue, work: Work): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    work.characters(Math.min(left.length, right.length));
    return left < right ? -1 : left > right ? 1 : 0;
  }
  throw new ValueError(`${kindOf(left)} and ${kindOf(right)} cannot be compared`);
}

function contained(value: JsonValue, container: JsonValue, work: Work): boolean {
  if (Array.isArray(container)) return (container as readonly JsonValue[]).some((entry) => equal(entry, value, work));
  if (isMap(container)) return typeof value === 'string' && Object.hasOwn(container, value);
  throw new ValueError(`"in" needs a list or a map on its right, not ${kindOf(container)}`);
}

export type BinaryOperation = (left: JsonValue, right: JsonValue, work: Work) => JsonValue;

export const BINARY: Readonly<Record<string, BinaryOperation>> = {
  '==': equal,
  '!=': (left, right, work) => !equal(left, right, work),
  '<': (left, right, work) => order(left, right, work) < 0,
  '<=': (left, right, work) => order(left, right, work) <= 0,
  '>': (left, right, work) => order(left, right, work) > 0,
  '>=': (left, right, work) => order(left, right, work) >= 0,
  '+': add,
  '-': (left, right) => finite(numberOf(left) - numberOf(right)),
  '*': (left, right) => finite(numberOf(left) * numberOf(right)),
  '/': (left, right) => finite(numberOf(left) / numberOf(right)),
  '%': (left, right) => finite(numberOf(left) % numberOf(right)),
  in: contained,
};
