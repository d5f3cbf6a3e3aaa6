import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../../kernel/index.js';
import { KNOWN_FIELDS, knownField } from '../known-fields.js';
import { asMistake, closest, expectedOf, gotOf, placeText, positionOf, type IssuePath, type RuleMistake } from './rule-mistakes.js';
import { ruleFileSchema, type DeclaredRule } from './rule-schema.js';

export const MAXIMUM_FILE_BYTES = 256 * 1024;

const RULE_KEYS = ['rule', 'help', 'from', 'to', 'priority', 'confidence', 'when', 'set', 'replaces'];
const CONDITION_KEYS = ['field', 'exists', 'equals', 'in', 'contains', 'atLeast', 'above', 'atMost', 'below', 'confidenceAtLeast'];
const SET_KEYS = ['value', 'from', 'points', 'table', 'otherwise', 'words', 'others', 'most', 'atLeast', 'atMost', 'round'];

function keysAt(path: IssuePath): readonly string[] {
  if (path.length === 0) return ['rules'];
  if (path.includes('set')) return SET_KEYS;
  return path.includes('when') ? CONDITION_KEYS : RULE_KEYS;
}

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

function fromIssue(source: Source, issue: z.core.$ZodIssue): RuleMistake[] {
  const { file, document, lines, value } = source;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) =>
      asMistake({
        file,
        ...positionOf(document, lines, issue.path, key),
        where: placeText(issue.path),
        expected: `one of ${known.join(', ')}`,
        got: `"${key}"`,
        suggestion: closest(key, known),
      }),
    );
  }
  const got = gotOf(value, issue.path);
  const last = issue.path.at(-1);
  const isKey = issue.code === 'invalid_key' && typeof last === 'string';
  const values = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const nested = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  return [
    asMistake({
      file,
      ...(isKey ? positionOf(document, lines, issue.path.slice(0, -1), last) : positionOf(document, lines, issue.path)),
      where: placeText(issue.path),
      expected: nested === undefined ? expectedOf(issue) : nested.message,
      got: isKey ? `"${last}"` : issue.code === 'custom' && got.startsWith('{') ? '' : got,
      suggestion: values.length > 0 ? closest(got.replaceAll('"', ''), values) : '',
    }),
  ];
}

/** Names that are used twice, fields that are nearly a known one, constants that a known field cannot have. */
function furtherMistakes(source: Source, rules: readonly DeclaredRule[]): RuleMistake[] {
  const { file, document, lines } = source;
  const names = new Set<string>();
  return rules.flatMap((rule, index) => {
    const say = (path: IssuePath, key: string | undefined, expected: string, got: string, suggestion: string): RuleMistake =>
      asMistake({ file, ...positionOf(document, lines, path, key), where: placeText(path), expected, got, suggestion });
    const twice = names.has(rule.rule);
    names.add(rule.rule);
    const mistakes = twice ? [say(['rules', index, 'rule'], undefined, 'a name that no other rule has', `"${rule.rule}"`, '')] : [];
    for (const [field, entry] of Object.entries(rule.set)) {
      const path = ['rules', index, 'set', field];
      const known = knownField(field);
      const near = known === undefined ? closest(field, Object.keys(KNOWN_FIELDS)) : '';
      if (near !== '') mistakes.push(say(path.slice(0, -1), field, 'a known field, or a name that is not nearly one', `"${field}"`, near));
      if (known !== undefined && entry.value !== undefined && !known.schema.safeParse(entry.value).success) {
        mistakes.push(say([...path, 'value'], undefined, `${known.range} ${known.unit}`.trim(), JSON.stringify(entry.value), ''));
      }
    }
    const reads = [
      ...rule.when.map(({ field }, at) => ({ field, path: ['rules', index, 'when', at, 'field'] as IssuePath })),
      ...Object.entries(rule.set).flatMap(([name, { from }]) =>
        from === undefined ? [] : [{ field: from, path: ['rules', index, 'set', name, 'from'] as IssuePath }],
      ),
    ];
    for (const { field, path } of reads) {
      const near = knownField(field) === undefined ? closest(field, Object.keys(KNOWN_FIELDS)) : '';
      if (near !== '') mistakes.push(say(path, undefined, 'a known field, or a name that is not nearly one', `"${field}"`, near));
    }
    return mistakes;
  });
}

/** Reads one rule file. With a single mistake none of its rules is taken. */
export function readRuleFile(text: string, file: string): { rules: readonly DeclaredRule[]; mistakes: readonly RuleMistake[] } {
  const failed = (mistakes: readonly RuleMistake[]): { rules: []; mistakes: readonly RuleMistake[] } => ({ rules: [], mistakes });
  const whole = { file, line: 1, column: 1, where: '', suggestion: '' };
  if (Buffer.byteLength(text) > MAXIMUM_FILE_BYTES) {
    return failed([asMistake({ ...whole, expected: `a file of at most ${MAXIMUM_FILE_BYTES} bytes`, got: `${Buffer.byteLength(text)}` })]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return failed(
      document.errors.slice(0, 20).map(({ pos, message }) => {
        const { line, col } = lines.linePos(pos[0]);
        return asMistake({ file, line, column: col, where: '', expected: 'YAML', got: message.replace(/\.$/, ''), suggestion: '' });
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return failed([asMistake({ ...whole, expected: 'YAML', got: messageOf(error).replace(/\.$/, '') })]);
  }
  const source = { file, document, lines, value };
  // A new file that is still empty is no mistake.
  const parsed = ruleFileSchema.safeParse(value ?? { rules: [] });
  if (!parsed.success) return failed(parsed.error.issues.flatMap((issue) => fromIssue(source, issue)).slice(0, 50));
  const mistakes = furtherMistakes(source, parsed.data.rules);
  return mistakes.length > 0 ? failed(mistakes) : { rules: parsed.data.rules, mistakes: [] };
}
