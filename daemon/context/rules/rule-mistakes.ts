import { isMap, isNode, isPair, isScalar, type Document, type LineCounter } from 'yaml';
import type { z } from 'zod';

/** What is wrong in a rule file, where, and what would be right. */
export interface RuleMistake {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `rules[2].set.guidance.points` */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** What was probably meant; empty where nothing comes close. */
  readonly suggestion: string;
  /** All of it in one line. */
  readonly message: string;
}

export type MistakeFacts = Omit<RuleMistake, 'message'>;

export function asMistake(facts: MistakeFacts): RuleMistake {
  const place = `${facts.file}:${facts.line}:${facts.column}`;
  const got = facts.got === '' ? '' : `, got ${facts.got}`;
  const suggestion = facts.suggestion === '' ? '' : ` ${facts.suggestion}`;
  return { ...facts, message: `${place}: ${facts.where === '' ? '' : `${facts.where}: `}expected ${facts.expected}${got}.${suggestion}` };
}

/** Letters to change, add, leave out or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, isSwap ? (before[j - 2] ?? 0) + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** "Did you mean …?" for the closest of the names, or nothing. */
export function closest(word: string, names: readonly string[]): string {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const near = names
    .map((name) => ({ name, away: distance(word.toLowerCase().slice(0, 60), name.toLowerCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))[0];
  return near === undefined ? '' : `Did you mean "${near.name}"?`;
}

export type IssuePath = readonly PropertyKey[];

export function placeText(path: IssuePath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Line and column of a value, of a key (`ofKey`), or of the nearest thing around what is missing. */
export function positionOf(document: Document, lines: LineCounter, path: IssuePath, ofKey?: string): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node)) continue;
    const pair = ofKey !== undefined && isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === ofKey) : undefined;
    const at = isPair(pair) && isNode(pair.key) ? pair.key : node;
    const { line, col } = lines.linePos(at.range?.[0] ?? 0);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a pair of numbers, such as [0, 2]',
  object: 'a mapping of names to values',
  record: 'a mapping of names to values',
};

function limitText(issue: { origin: string; inclusive?: boolean | undefined }, limit: number | bigint, low: boolean): string {
  const words = low ? (issue.inclusive === false ? 'more than' : 'at least') : issue.inclusive === false ? 'less than' : 'at most';
  const of: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };
  const kind: Readonly<Record<string, string>> = { string: 'a text of ', array: 'a list of ', int: 'a whole number of ' };
  return `${kind[issue.origin] ?? 'a number of '}${words} ${String(limit)}${of[issue.origin] ?? ''}`;
}

/** In words what would have been right there. */
export function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return ARTICLES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? shown(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return limitText(issue, issue.minimum, true);
    case 'too_big':
      return limitText(issue, issue.maximum, false);
    case 'invalid_union':
      return 'a text or a number';
    case 'invalid_key':
      return 'a field in camelCase, such as tempoBpm';
    default:
      return issue.message;
  }
}

export function gotOf(root: unknown, path: IssuePath): string {
  let value: unknown = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return 'nothing';
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return shown(value);
}
