import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { JsonValue } from '../../../kernel/index.js';
import type { Problem, Range, Source } from './source.js';

export const MAXIMUM_DOCUMENT_CHARACTERS = 512 * 1024;

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
const SYNTAX: Readonly<Record<string, readonly [expected: string, suggestion: string | null]>> = {
  TAB_AS_INDENT: ['spaces as indentation', 'two spaces for each level'],
  DUPLICATE_KEY: ['each key once in a map', null],
  MULTIPLE_DOCS: ['one document in a file', null],
  BLOCK_AS_IMPLICIT_KEY: ['text with ": " or "{" in it to be in quotes', null],
  BAD_INDENT: ['the entries of a map or list to begin in one column, and every bracket to be closed', null],
  MISSING_CHAR: ['a closing quotation mark or bracket, or a space behind the colon', null],
};

function quoted(text: string, start: number): string | null {
  const line = /^[^\n]*/.exec(text.slice(start))?.[0] ?? '';
  const expression = /\$\{[^}]*\}/.exec(line)?.[0] ?? (line.startsWith('${') ? line.trim() : null);
  return expression === null ? null : `'${expression}'`;
}

function reportSyntax(source: Source, errors: readonly { code: string; message: string; pos: [number, number] }[]): boolean {
  let readable = true;
  let lastLine = 0;
  for (const { code, message, pos } of errors) {
    // An error of the syntax makes the parser stumble over what follows: only the first tells something.
    if (code !== 'DUPLICATE_KEY' && !readable) continue;
    const { line } = source.lines.linePos(pos[0]);
    if (line === lastLine && code !== 'DUPLICATE_KEY') continue;
    lastLine = line;
    if (code !== 'DUPLICATE_KEY') readable = false;
    const [expected, help] = SYNTAX[code] ?? ['YAML', null];
    const lineStart = source.text.lastIndexOf('\n', pos[0] - 1) + 1;
    const said = message.split(' at line ')[0] ?? message;
    const rest = source.text.slice(pos[0], source.text.indexOf('\n', pos[0]) === -1 ? undefined : source.text.indexOf('\n', pos[0]));
    source.report(
      { start: pos[0], end: pos[1] },
      {
        ...{ where: '', what: said.replace(/[:.]$/, ''), expected },
        got: code === 'DUPLICATE_KEY' ? `"${/^[^:]*/.exec(rest)?.[0] ?? ''}" again` : rest.trim() === '' ? 'the end of the line' : rest,
        suggestion:
          help ??
          (source.text.slice(lineStart, pos[1] + 2).includes('${') ? quoted(source.text, source.text.indexOf('${', lineStart)) : null),
      },
    );
  }
  return readable;
}

/** The document's root, or null with the mistakes reported. Map entries with a repeated key are reported, and reading goes on. */
export function parseYaml(source: Source): Node | null {
  if (source.text.length > MAXIMUM_DOCUMENT_CHARACTERS) {
    const got = `${source.text.length} characters`;
    source.report(
      { start: 0, end: 1 },
      { where: '', what: 'The document is too long', expected: `at most ${MAXIMUM_DOCUMENT_CHARACTERS} characters`, got },
    );
    return null;
  }
  try {
    const document = parseDocument(source.text, { lineCounter: source.lines, version: '1.2', schema: 'core', prettyErrors: true });
    const readable = reportSyntax(source, document.errors);
    for (const warning of document.warnings) {
      const got = source.text.slice(...warning.pos);
      source.report(
        { start: warning.pos[0], end: warning.pos[1] },
        { where: '', what: 'Tags have no place here', expected: 'a plain value', got },
      );
    }
    return readable ? document.contents : null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const problem = { where: '', what: 'The document is nested too deeply', expected: 'a few levels', got: 'more than can be read' };
    source.report({ start: 0, end: 1 }, problem);
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
    const seen = new Set<string>();
    return (node as YAMLMap<Node, Node | null>).items.flatMap((pair) => {
      const entry = this.entry(pair, where, rangeOf(node, around));
      if (entry === null || seen.has(entry.name)) return [];
      seen.add(entry.name);
      return [entry];
    });
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
    if (isSeq(node)) return (node as YAMLSeq<Node>).items;
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
