import type { JsonValue } from '../../../kernel/index.js';
import { kindOf, numberOf, textOf, ValueError } from './values.js';
import type { Work } from './work.js';

const MAXIMUM_RANGE = 2_000;

export type ValueKind = 'any' | 'number' | 'text' | 'boolean' | 'list' | 'numbers' | 'entry';

export interface CelFunction {
  readonly signature: string;
  /** With a receiver the receiver is the first parameter. */
  readonly form: 'call' | 'method';
  readonly parameters: readonly Exclude<ValueKind, 'entry'>[];
  /** `entry` = what the list holds that was given. */
  readonly result: ValueKind;
  /** Text and lists that are given have been counted as work; what more it does it counts itself. */
  readonly apply: (work: Work, ...values: readonly JsonValue[]) => JsonValue;
}

function sizeOf(work: Work, value: JsonValue): number {
  if (typeof value === 'string') {
    work.spend(value.length);
    return [...value].length;
  }
  if (Array.isArray(value)) return value.length;
  if (value !== null && typeof value === 'object') {
    const { length } = Object.keys(value);
    work.spend(length);
    return length;
  }
  throw new ValueError(`size() needs text, a list or a map, not ${kindOf(value)}`);
}

function toNumber(value: JsonValue): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ValueError(
    `number() needs a number or text that is one, not ${typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : kindOf(value)}`,
  );
}

/** The worst that a search can take: `aaaa…` for `aa…b`. */
function contains(work: Work, text: string, part: string): boolean {
  work.characters(text.length * Math.max(1, Math.min(part.length, text.length - part.length)));
  return text.includes(part);
}

const listOf = (value: JsonValue): readonly JsonValue[] => {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw new ValueError(`expected a list, got ${kindOf(value)}`);
};

function extreme(value: JsonValue, better: (one: number, other: number) => number): number {
  const numbers = listOf(value).map(numberOf);
  if (numbers.length === 0) throw new ValueError('the list is empty');
  // Not `better` itself: reduce hands over index and list too, and Math.max would count them.
  return numbers.reduce((one, other) => better(one, other));
}

function range(work: Work, count: JsonValue): readonly number[] {
  const length = numberOf(count);
  if (!Number.isInteger(length) || length < 0 || length > MAXIMUM_RANGE) {
    throw new ValueError(`range() needs a whole number from 0 to ${MAXIMUM_RANGE}, not ${length}`);
  }
  work.spend(length);
  const numbers: number[] = [];
  for (let index = 0; index < length; index += 1) numbers.push(index);
  return numbers;
}

type Row = readonly [signature: string, parameters: CelFunction['parameters'], result: ValueKind, apply: CelFunction['apply']];

function join(work: Work, list: JsonValue, separator: JsonValue): string {
  const [entries, between] = [listOf(list), textOf(separator)];
  work.characters(entries.length * between.length);
  return entries.map((entry) => work.textOf(entry)).join(between);
}

const ROWS: readonly Row[] = [
  ['size(value)', ['any'], 'number', sizeOf],
  ['value.size()', ['any'], 'number', sizeOf],
  ['string(value)', ['any'], 'text', (work, value) => work.textOf(value)],
  ['number(value)', ['any'], 'number', (_, value) => toNumber(value)],
  ['abs(number)', ['number'], 'number', (_, value) => Math.abs(numberOf(value))],
  ['floor(number)', ['number'], 'number', (_, value) => Math.floor(numberOf(value))],
  ['ceil(number)', ['number'], 'number', (_, value) => Math.ceil(numberOf(value))],
  ['round(number)', ['number'], 'number', (_, value) => Math.round(numberOf(value))],
  ['min(numbers)', ['numbers'], 'number', (_, values) => extreme(values, Math.min)],
  ['max(numbers)', ['numbers'], 'number', (_, values) => extreme(values, Math.max)],
  ['range(count)', ['number'], 'numbers', range],
  ['text.contains(part)', ['text', 'text'], 'boolean', (work, text, part) => contains(work, textOf(text), textOf(part))],
  ['text.startsWith(part)', ['text', 'text'], 'boolean', (_, text, part) => textOf(text).startsWith(textOf(part))],
  ['text.endsWith(part)', ['text', 'text'], 'boolean', (_, text, part) => textOf(text).endsWith(textOf(part))],
  ['text.lowerAscii()', ['text'], 'text', (_, text) => textOf(text).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())],
  ['text.upperAscii()', ['text'], 'text', (_, text) => textOf(text).replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())],
  ['text.trim()', ['text'], 'text', (_, text) => textOf(text).trim()],
  ['list.join(separator)', ['list', 'text'], 'text', join],
];

/** Every function of expressions; the macros `has`, `all`, `exists`, `exists_one`, `filter`, `map` are part of the language. */
export const FUNCTIONS: readonly CelFunction[] = ROWS.map(([signature, parameters, result, apply]) => ({
  signature,
  form: /^[a-z]+\./.test(signature) ? 'method' : 'call',
  parameters,
  result,
  apply,
}));

export const nameOfFunction = ({ signature }: CelFunction): string => /([A-Za-z]+)\(/.exec(signature)?.[1] ?? signature;

const BY_FORM = new Map(FUNCTIONS.map((one) => [`${one.form} ${nameOfFunction(one)}`, one]));

export const findFunction = (form: CelFunction['form'], name: string): CelFunction | undefined => BY_FORM.get(`${form} ${name}`);

/** What functions are called elsewhere. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{ length: 'size', len: 'size', count: 'size', str: 'string', toString: 'string', text: 'string' },
  ...{ int: 'number', double: 'number', float: 'number', parseInt: 'number', ceiling: 'ceil', trunc: 'floor' },
  ...{ includes: 'contains', lower: 'lowerAscii', toLowerCase: 'lowerAscii', upper: 'upperAscii', toUpperCase: 'upperAscii' },
  ...{ some: 'exists', any: 'exists', every: 'all', select: 'filter', where: 'filter', strip: 'trim' },
};

export const MACROS = ['has', 'all', 'exists', 'exists_one', 'filter', 'map'] as const;
