import type { JsonValue } from '../../../kernel/index.js';
import { kindOf, numberOf, textOf, ValueError } from './values.js';

const MAXIMUM_RANGE = 2_000;

export type ValueKind = 'any' | 'number' | 'text' | 'boolean' | 'list' | 'numbers' | 'entry';

export interface CelFunction {
  readonly signature: string;
  /** With a receiver the receiver is the first parameter. */
  readonly form: 'call' | 'method';
  readonly parameters: readonly Exclude<ValueKind, 'entry'>[];
  /** `entry` = what the list holds that was given. */
  readonly result: ValueKind;
  readonly apply: (...values: readonly JsonValue[]) => JsonValue;
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value !== null && typeof value === 'object') return Object.keys(value).length;
  throw new ValueError(`size() needs text, a list or a map, not ${kindOf(value)}`);
}

function toNumber(value: JsonValue): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ValueError(
    `number() needs a number or text that is one, not ${typeof value === 'string' ? JSON.stringify(value) : kindOf(value)}`,
  );
}

function toText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
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

function range(count: JsonValue): readonly number[] {
  const length = numberOf(count);
  if (!Number.isInteger(length) || length < 0 || length > MAXIMUM_RANGE) {
    throw new ValueError(`range() needs a whole number from 0 to ${MAXIMUM_RANGE}, not ${length}`);
  }
  return Array.from({ length }, (_, index) => index);
}

type Row = readonly [signature: string, parameters: CelFunction['parameters'], result: ValueKind, apply: CelFunction['apply']];

const ROWS: readonly Row[] = [
  ['size(value)', ['any'], 'number', sizeOf],
  ['value.size()', ['any'], 'number', sizeOf],
  ['string(value)', ['any'], 'text', toText],
  ['number(value)', ['any'], 'number', toNumber],
  ['abs(number)', ['number'], 'number', (value) => Math.abs(numberOf(value))],
  ['floor(number)', ['number'], 'number', (value) => Math.floor(numberOf(value))],
  ['ceil(number)', ['number'], 'number', (value) => Math.ceil(numberOf(value))],
  ['round(number)', ['number'], 'number', (value) => Math.round(numberOf(value))],
  ['min(numbers)', ['numbers'], 'number', (values) => extreme(values, Math.min)],
  ['max(numbers)', ['numbers'], 'number', (values) => extreme(values, Math.max)],
  ['range(count)', ['number'], 'numbers', range],
  ['text.contains(part)', ['text', 'text'], 'boolean', (text, part) => textOf(text).includes(textOf(part))],
  ['text.startsWith(part)', ['text', 'text'], 'boolean', (text, part) => textOf(text).startsWith(textOf(part))],
  ['text.endsWith(part)', ['text', 'text'], 'boolean', (text, part) => textOf(text).endsWith(textOf(part))],
  ['text.lowerAscii()', ['text'], 'text', (text) => textOf(text).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())],
  ['text.upperAscii()', ['text'], 'text', (text) => textOf(text).replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())],
  ['text.trim()', ['text'], 'text', (text) => textOf(text).trim()],
  ['list.join(separator)', ['list', 'text'], 'text', (list, separator) => listOf(list).map(toText).join(textOf(separator))],
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
