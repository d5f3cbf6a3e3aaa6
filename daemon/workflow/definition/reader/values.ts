import { isScalar, isSeq, type Node, type Scalar, type YAMLSeq } from 'yaml';
import type { JsonValue } from '../../../kernel/index.js';
import type { Template } from '../compiled.js';
import { checkExpression, type StaticScope } from '../expressions/check.js';
import { ANY, BOOLEAN, describe, listOf, mapOf, mayBe, TEXT, typeOfValue, unionOf, type Type } from '../expressions/types.js';
import { LIMITS } from './document-schema.js';
import { scalarOffsets } from './scalar-offsets.js';
import type { Range } from './source.js';
import { rangeOf, shapeOf, type Walker, type YamlNode } from './yaml.js';

/** A value of the document with its expressions checked. */
export interface ReadValue {
  readonly template: Template;
  readonly type: Type;
  readonly range: Range;
  /** Of a list or a map, so that a mistake inside is told at its place. */
  readonly children: ReadonlyMap<string | number, ReadValue>;
  /** It has been reported that nothing can be told of it. */
  readonly unreadable?: true;
}

const NO_CHILDREN: ReadonlyMap<string | number, ReadValue> = new Map();

interface Part {
  readonly start: number;
  readonly end: number;
  /** Inside `${` and `}`. */
  readonly expression: string | null;
  readonly text: string;
}

/** The end of the expression that begins at `from`: its closing brace, outside of texts and other braces; −1 where there is none. */
function endOfExpression(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let index = from; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      if (depth === 0) return index;
      depth -= 1;
    }
  }
  // A text that is not closed goes on to the end: the last brace is taken, and the text is the mistake.
  const last = text.lastIndexOf('}');
  return quote !== '' && last > from ? last : -1;
}

/** Splits text at its expressions; `$${` stands for `${`. Returns where an expression is not closed, if one is not. */
export function splitText(text: string): { readonly parts: readonly Part[]; readonly unclosed: number | null } {
  const parts: Part[] = [];
  let plain = '';
  let plainStart = 0;
  let index = 0;
  const flush = (end: number): void => {
    if (plain !== '') parts.push({ start: plainStart, end, expression: null, text: plain });
    plain = '';
  };
  while (index < text.length) {
    if (text.startsWith('$${', index)) {
      plain += '${';
      index += 3;
    } else if (text.startsWith('${', index)) {
      flush(index);
      const end = endOfExpression(text, index + 2);
      if (end === -1) return { parts, unclosed: index };
      parts.push({ start: index + 2, end, expression: text.slice(index + 2, end), text: '' });
      index = end + 1;
      plainStart = index;
    } else {
      plain += text[index] ?? '';
      index += 1;
    }
  }
  flush(index);
  return { parts, unclosed: null };
}

/** Reads values with expressions, reporting each mistake at its place in the file. */
export class ValueReader {
  private expressions = 0;

  constructor(private readonly walker: Walker) {}

  read(node: YamlNode, where: string, around: Range, scope: StaticScope, depth = 0): ReadValue {
    const range = rangeOf(node, around);
    if (depth > LIMITS.valueDepth) {
      this.walker.report(range, {
        where,
        what: 'The value is nested too deeply',
        expected: `at most ${LIMITS.valueDepth} levels`,
        got: 'more',
      });
      return { template: { literal: null }, type: ANY, range, children: NO_CHILDREN };
    }
    if (node === null || isScalar(node) || this.walker.refusedAlias(node, where, around)) {
      if (isScalar(node) && typeof node.value === 'string') return this.text(node, where, range, scope);
      const literal = isScalar(node) ? this.walker.plain(node, where, around) : null;
      return { template: { literal }, type: typeOfValue(literal), range, children: NO_CHILDREN };
    }
    return isSeq(node) ? this.list(node as YAMLSeq<Node>, where, range, scope, depth) : this.map(node, where, range, scope, depth);
  }

  private list(node: YAMLSeq<Node>, where: string, range: Range, scope: StaticScope, depth: number): ReadValue {
    const entries = node.items.map((item, index) => this.read(item, `${where}[${index}]`, range, scope, depth + 1));
    const literals = entries.map(({ template }) => template);
    const template: Template = literals.every((entry): entry is { literal: JsonValue } => 'literal' in entry)
      ? { literal: literals.map(({ literal }) => literal) }
      : { list: literals };
    return { template, type: listOf(unionOf(entries.map(({ type }) => type))), range, children: new Map(entries.entries()) };
  }

  private map(node: YamlNode, where: string, range: Range, scope: StaticScope, depth: number): ReadValue {
    const entries = this.walker.map(node, where, range) ?? [];
    const children = new Map<string | number, ReadValue>();
    for (const { name, value, range: at } of entries) children.set(name, this.read(value, `${where}.${name}`, at, scope, depth + 1));
    const named = entries.map(({ name }) => [name, children.get(name)?.template ?? { literal: null }] as const);
    const template: Template = named.every((entry): entry is [string, { literal: JsonValue }] => 'literal' in entry[1])
      ? { literal: Object.fromEntries(named.map(([name, { literal }]) => [name, literal])) }
      : { object: Object.fromEntries(named) };
    const fields = Object.fromEntries(entries.map(({ name }) => [name, children.get(name)?.type ?? ANY]));
    return { template, type: mapOf(fields), range, children };
  }

  private text(node: Scalar, where: string, range: Range, scope: StaticScope): ReadValue {
    const value = String(node.value);
    const offsets = value.includes('$') ? scalarOffsets(this.walker.source.text, node) : [];
    const place = (start: number, end: number): Range => {
      const at = offsets[Math.min(start, value.length)] ?? range.start;
      return { start: at, end: Math.max(at + 1, offsets[Math.min(end, value.length)] ?? range.end) };
    };
    const { parts, unclosed } = splitText(value);
    const leaf = (template: Template, type: Type): ReadValue => ({ template, type, range, children: NO_CHILDREN });
    if (unclosed !== null) {
      const got = value.slice(unclosed);
      this.walker.report(place(unclosed, value.length), {
        where,
        what: 'The expression is not closed',
        expected: '"}" at its end',
        got,
        suggestion: `${got.trim()} }`,
      });
      return { ...leaf({ literal: value }, ANY), unreadable: true };
    }
    const checked = parts.map((part) => ({
      part,
      type: part.expression === null ? TEXT : this.expression(part.expression, part, where, place, scope),
    }));
    const [only] = checked;
    // Blanks around a single expression come from block texts ("|", ">") and are no part of the value.
    const bare = checked.filter(({ part }) => part.expression !== null || part.text.trim() !== '');
    const [whole] = bare;
    if (whole !== undefined && whole.part.expression !== null && bare.length === 1) {
      return leaf({ expression: whole.part.expression }, whole.type);
    }
    if (only === undefined || (checked.length === 1 && only.part.expression === null)) {
      const literal = only?.part.text ?? '';
      return leaf({ literal }, typeOfValue(literal));
    }
    return leaf({ text: parts.map(({ expression, text }) => (expression === null ? text : { expression })) }, TEXT);
  }

  private expression(
    source: string,
    { start }: Part,
    where: string,
    place: (start: number, end: number) => Range,
    scope: StaticScope,
  ): Type {
    if (source.trim() === '') {
      this.walker.report(place(start - 2, start + source.length + 1), {
        where,
        what: 'The expression is empty',
        expected: 'a CEL expression',
        got: '${}',
      });
      return ANY;
    }
    this.expressions += 1;
    if (this.expressions > LIMITS.expressions) {
      if (this.expressions === LIMITS.expressions + 1) {
        const problem = {
          where,
          what: 'There are too many expressions',
          expected: `at most ${LIMITS.expressions} in a document`,
          got: 'more',
        };
        this.walker.report(place(start, start + source.length), { ...problem, advice: 'split it' });
      }
      return ANY;
    }
    const { type, mistakes } = checkExpression(source, scope);
    for (const mistake of mistakes) {
      const { expected = 'a CEL expression', got = source, suggestion = null, advice = null } = mistake.hints;
      const problem = { where, what: mistake.message, expected, got, suggestion, advice };
      this.walker.report(place(start + mistake.start, start + mistake.end), problem);
    }
    return type;
  }

  /** A condition, as source; null where it is none (and reported). */
  condition(node: YamlNode, where: string, around: Range, scope: StaticScope): string | null {
    const range = rangeOf(node, around);
    const value = this.read(node, where, around, scope);
    if ('expression' in value.template) {
      if (mayBe(value.type, BOOLEAN)) return value.template.expression;
      this.walker.report(range, {
        where,
        what: 'The condition has the wrong type',
        expected: describe(BOOLEAN),
        got: describe(value.type),
      });
      return null;
    }
    if (value.unreadable === true) return null;
    const literal = 'literal' in value.template ? value.template.literal : null;
    const plain = typeof literal === 'string' && literal.trim() !== '' ? `\${ ${literal.trim()} }` : null;
    this.walker.report(range, {
      ...{ where, what: 'A condition is an expression', expected: '${ … }', got: shapeOf(node) },
      suggestion: plain,
    });
    return null;
  }
}
