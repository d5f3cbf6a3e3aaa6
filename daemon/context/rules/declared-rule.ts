import { canonicalJson, type JsonValue } from '../../kernel/index.js';
import { clamp, piecewiseLinear, roundTo } from './mapping.js';
import type { FieldReader, Rule, RuleOrigin, RuleResult } from './rule.js';
import type { Assignment, Condition, DeclaredRule } from './rule-schema.js';

function same(a: JsonValue, b: JsonValue): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function contains(value: JsonValue, part: string | number): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(String(part).toLowerCase());
  return Array.isArray(value) && (value as readonly JsonValue[]).includes(part);
}

function holds(condition: Condition, field: ReturnType<FieldReader>): boolean {
  if (condition.exists === false) return field === undefined;
  if (field === undefined) return false;
  const { value, confidence } = field;
  const number = typeof value === 'number' ? value : Number.NaN;
  return (
    (condition.equals === undefined || same(value, condition.equals)) &&
    (condition.in?.some((entry) => same(value, entry)) ?? true) &&
    (condition.contains === undefined || contains(value, condition.contains)) &&
    (condition.atLeast === undefined || number >= condition.atLeast) &&
    (condition.above === undefined || number > condition.above) &&
    (condition.atMost === undefined || number <= condition.atMost) &&
    (condition.below === undefined || number < condition.below) &&
    (condition.confidenceAtLeast === undefined || confidence >= condition.confidenceAtLeast)
  );
}

function wordsOf(value: JsonValue, { words = {}, others = 'drop', most = 100 }: Assignment): JsonValue | undefined {
  const given = (Array.isArray(value) ? (value as readonly JsonValue[]) : [value]).filter((entry) => typeof entry === 'string');
  const said = given.flatMap((entry) => {
    const word = Object.hasOwn(words, entry) ? words[entry] : others === 'keep' ? entry : undefined;
    return word === undefined ? [] : [word];
  });
  return said.length === 0 ? undefined : [...new Set(said)].slice(0, most);
}

function mapped(value: JsonValue, entry: Assignment): JsonValue | undefined {
  if (entry.words !== undefined) return wordsOf(value, entry);
  if (entry.table !== undefined) {
    const key = typeof value === 'string' ? value : canonicalJson(value);
    return Object.hasOwn(entry.table, key) ? entry.table[key] : entry.otherwise;
  }
  if (entry.points === undefined) return value;
  return typeof value === 'number' ? piecewiseLinear(entry.points, value) : undefined;
}

function evaluate(entry: Assignment, read: FieldReader): JsonValue | undefined {
  const given = entry.from === undefined ? entry.value : read(entry.from)?.value;
  if (given === undefined) return undefined;
  const value = entry.from === undefined ? given : mapped(given, entry);
  const shaped = entry.points !== undefined || entry.atLeast !== undefined || entry.atMost !== undefined || entry.round !== undefined;
  if (typeof value !== 'number' || !shaped) return value;
  return roundTo(clamp(value, entry.atLeast, entry.atMost), entry.round);
}

/** A rule of a YAML file, ready to be applied. */
export function fromDeclaredRule(declared: DeclaredRule, origin: RuleOrigin): Rule {
  const entries = Object.entries(declared.set);
  const conditionFields = declared.when.map(({ field }) => field);
  const reads = [...new Set([...conditionFields, ...entries.flatMap(([, { from }]) => from ?? [])])];
  const apply = (read: FieldReader): RuleResult[] => {
    if (!declared.when.every((condition) => holds(condition, read(condition.field)))) return [];
    return entries.flatMap(([field, entry]) => {
      const value = evaluate(entry, read);
      if (value === undefined) return [];
      const sources = [...new Set([...(entry.from === undefined ? [] : [entry.from]), ...conditionFields])];
      return [{ field, value, sources: sources.filter((name) => read(name) !== undefined) }];
    });
  };
  const { rule: name, help, from, to, priority, confidence } = declared;
  return { name, help, origin, from, to, priority, confidence, reads, sets: entries.map(([field]) => field), apply };
}
