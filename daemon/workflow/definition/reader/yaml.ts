import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { JsonValue } from '../../../kernel/index.js';
import type { Problem, Range, Source } from './source.js';

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

/** Whether a whole number is another one in memory than in the file. */
const isInexact = ({ value, source }: Scalar): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?(\d+|0x[\da-f]+|0o[0-7]+)$/i.test(source ?? '');

/** What a node is, for people. */
export function shapeOf(node: YamlNode): string {
  if (node === null) return 'nothing';
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'an alias';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : JSON.stringify(node.value);
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
      if (typeof value === 'number' && Number.isFinite(value)) {
        if (isInexact(node)) {
          const problem = { where, what: 'The number is too large to be exact', expected: 'a whole number up to 2^53' };
          this.report(rangeOf(node, around), { ...problem, got: shapeOf(node), advice: 'put it into quotation marks where text will do' });
        }
        return value;
      }
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
