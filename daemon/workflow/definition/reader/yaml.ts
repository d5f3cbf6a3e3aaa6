import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { JsonValue } from '../../../kernel/index.js';
import type { Problem, Range, Source } from './source.js';

export const MAXIMUM_DOCUMENT_CHARACTERS = 256 * 1024;
/** Of one map or list of the document's own form: no run has more steps. */
const MAXIMUM_ENTRIES = 2_000;

/** A node of the file; an entry with nothing behind its colon is null. */
export type YamlNode = Node | null;

export interface Entry {
  readonly name: string;
  readonly key: Range;
  readonly value: YamlNode;
  /** Of the value; of the key where there is none. */
  readonly range: Range;
}

export function rangeOf(node: YamlNode, otherwise: Range): Range {
  const range = node?.range;
  return range === null || range === undefined ? otherwise : { start: range[0], end: range[1] };
}

/** What a node is, for people. */
export function shapeOf(node: YamlNode): string {
  if (node === null) return 'nothing';
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'an alias';
  return node.value === null ? 'nothing' : JSON.stringify(node.value);
}

// Of the errors that the parser tells, what was expected in their place, and what helps.
const SYNTAX: Readonly<Record<string, readonly [expected: string, advice: string | null]>> = {
  TAB_AS_INDENT: ['spaces as indentation', 'indent by two spaces for each level'],
  MULTIPLE_DOCS: ['one document in a file', 'remove the "---" and what follows it'],
  BLOCK_AS_IMPLICIT_KEY: ['text with ": " in it in quotation marks', 'put the text into quotation marks'],
  BAD_INDENT: [
    'entries of a map or list that begin in one column, and every bracket closed',
    'close every bracket, and indent this line as the entries around it',
  ],
  MISSING_CHAR: ['a closing quotation mark or bracket, or a space behind the colon', 'close it'],
};

// What the parser says of a line in a list that stands further left than the keys above it.
const LOST_ENTRY = [
  'an entry that begins with "- ", or a key in the column of the keys above',
  'indent this line as the keys above it',
] as const;

/** An expression in plain text where YAML takes its braces or its colon for its own: where it begins, and what was meant. */
function bareExpression(text: string, at: number): { readonly start: number; readonly quoted: string } | null {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const line = /^[^\n]*/.exec(text.slice(lineStart))?.[0] ?? '';
  for (const { index, 0: expression } of line.matchAll(/\$\{[^}]*\}?/g)) {
    const start = lineStart + index;
    const before = line.slice(0, index).trimEnd();
    const bare = /[:{,[-]$/.test(before);
    if (bare && start <= at + 1 && at <= start + expression.length) return { start, quoted: `'${expression.trim()}'` };
  }
  return null;
}

function lineFrom(text: string, start: number): string {
  return (/^[^\n]*/.exec(text.slice(start))?.[0] ?? '').trim();
}

export function reportDepth(source: Source, start = 0): void {
  const problem = { where: '', what: 'The document is nested too deeply', expected: 'a few levels', got: 'more than can be read' };
  source.report({ start, end: start + 1 }, { ...problem, advice: 'make it flatter' });
}

type SyntaxProblem = { readonly code: string; readonly message: string; readonly pos: readonly [number, number] };

function reportSyntax(source: Source, { code, message, pos: [start, end] }: SyntaxProblem): void {
  const bare = bareExpression(source.text, start);
  if (bare !== null) {
    const what = 'An expression with braces or a colon in it needs quotation marks here';
    const problem = {
      where: '',
      what,
      expected: 'the expression in quotation marks',
      got: lineFrom(source.text, bare.start),
      suggestion: bare.quoted,
    };
    source.report({ start: bare.start, end: bare.start + bare.quoted.length - 2 }, problem);
    return;
  }
  if (message.includes('call stack')) return reportDepth(source, start);
  const [expected, advice] = message.startsWith('Sequence item') ? LOST_ENTRY : (SYNTAX[code] ?? ['YAML', null]);
  const rest = lineFrom(source.text, start);
  const got = rest === '' ? 'the end of the line' : rest;
  const what = (message.split(' at line ')[0] ?? message).replace(/[:.]$/, '');
  source.report({ start, end }, { where: '', what, expected, got, advice });
}

/** Far more than any workflow has, far less than the parser takes long for. */
const MAXIMUM_OPEN = 1_000;

/** Where more is open than can be meant; brackets in texts count too, and are as good as always closed again. */
function tooDeepAt(text: string): number | null {
  let open = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    if (open > MAXIMUM_OPEN) return index;
  }
  const row = /(?:[-?:][ \t]+){1000}/.exec(text);
  return row === null ? null : row.index;
}

/** The document's root, or null with the mistakes reported. */
export function parseYaml(source: Source): Node | null {
  if (source.text.length > MAXIMUM_DOCUMENT_CHARACTERS) {
    const got = `${source.text.length} characters`;
    source.report(
      { start: 0, end: 1 },
      { where: '', what: 'The document is too long', expected: `at most ${MAXIMUM_DOCUMENT_CHARACTERS} characters`, got },
    );
    return null;
  }
  const tooDeep = tooDeepAt(source.text);
  if (tooDeep !== null) {
    reportDepth(source, tooDeep);
    return null;
  }
  try {
    const document = parseDocument(source.text, {
      lineCounter: source.lines,
      version: '1.2',
      schema: 'core',
      prettyErrors: true,
      // It compares each key with each; the walker looks for them itself.
      uniqueKeys: false,
    });
    // An error of the syntax makes the parser stumble over what follows: only the first tells something.
    const [error] = document.errors;
    if (error !== undefined) reportSyntax(source, error);
    for (const warning of document.warnings) {
      const got = source.text.slice(...warning.pos);
      source.report(
        { start: warning.pos[0], end: warning.pos[1] },
        { where: '', what: 'Tags have no place here', expected: 'a plain value', got },
      );
    }
    return error === undefined ? document.contents : null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reportDepth(source);
    return null;
  }
}

/** Walks one document's nodes, with the mistakes of their shapes. */
export class Walker {
  constructor(readonly source: Source) {}

  report(range: Range, problem: Problem): void {
    this.source.report(range, problem);
  }

  /** The entries of a map; null (and reported) where the node is none. */
  map(node: YamlNode, where: string, around: Range, expected = 'a map'): readonly Entry[] | null {
    if (this.refusedAlias(node, where, around)) return null;
    if (!isMap(node)) {
      this.report(rangeOf(node, around), { where, what: 'This has the wrong form', expected, got: shapeOf(node) });
      return null;
    }
    const { items } = node as YAMLMap<Node, Node | null>;
    if (this.hasTooMany(items, node, where, around)) return null;
    const seen = new Set<string>();
    return items.flatMap((pair) => {
      const entry = this.entry(pair, where, rangeOf(node, around));
      if (entry === null) return [];
      if (!seen.has(entry.name)) {
        seen.add(entry.name);
        return [entry];
      }
      const problem = { where: '', what: 'Map keys must be unique', expected: 'each key once in a map', got: `"${entry.name}" again` };
      this.report(entry.key, { ...problem, advice: 'keep one of the two' });
      return [];
    });
  }

  private hasTooMany(items: readonly unknown[], node: Node, where: string, around: Range): boolean {
    if (items.length <= MAXIMUM_ENTRIES) return false;
    const problem = { where, what: 'There are too many entries', expected: `at most ${MAXIMUM_ENTRIES}`, got: String(items.length) };
    this.report(rangeOf(node, around), { ...problem, advice: 'split it' });
    return true;
  }

  private entry({ key, value }: Pair<Node, Node | null>, where: string, around: Range): Entry | null {
    const at = rangeOf(key, around);
    if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number')) {
      this.report(at, { where, what: 'A key has the wrong form', expected: 'a name', got: shapeOf(key) });
      return null;
    }
    return { name: String(key.value), key: at, value, range: rangeOf(value, at) };
  }

  list(node: YamlNode, where: string, around: Range, expected = 'a list'): readonly YamlNode[] | null {
    if (this.refusedAlias(node, where, around)) return null;
    if (isSeq(node)) {
      const { items } = node as YAMLSeq<Node>;
      return this.hasTooMany(items, node, where, around) ? null : items;
    }
    this.report(rangeOf(node, around), { where, what: 'This has the wrong form', expected, got: shapeOf(node) });
    return null;
  }

  scalar(node: YamlNode, where: string, around: Range): Scalar | null {
    if (this.refusedAlias(node, where, around)) return null;
    return isScalar(node) ? node : null;
  }

  /** What stands there, without a look at expressions. */
  plain(node: YamlNode, where: string, around: Range): JsonValue {
    if (node === null || this.refusedAlias(node, where, around)) return null;
    if (isScalar(node)) {
      const { value } = node;
      if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      this.report(rangeOf(node, around), {
        where,
        what: 'This is no value of JSON',
        expected: 'text, a number, true, false or null',
        got: shapeOf(node),
      });
      return null;
    }
    if (isSeq(node)) return (node as YAMLSeq<Node>).items.map((item, index) => this.plain(item, `${where}[${index}]`, around));
    const entries = this.map(node, where, around) ?? [];
    return Object.fromEntries(entries.map(({ name, value, range }) => [name, this.plain(value, `${where}.${name}`, range)]));
  }

  refusedAlias(node: YamlNode, where: string, around: Range): boolean {
    if (!isAlias(node)) return false;
    this.report(rangeOf(node, around), { where, what: 'Aliases have no place here', expected: 'the value itself', got: `*${node.source}` });
    return true;
  }
}
