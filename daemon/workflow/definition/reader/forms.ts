import type { z } from 'zod';
import { nearest } from '../suggest.js';
import { expectationOf } from './issues.js';
import type { Range } from './source.js';
import { shapeOf, type Entry, type Walker, type YamlNode } from './yaml.js';

/** The entries of a map that follows a form, by key. */
export type FormEntries = ReadonlyMap<string, Entry>;

/** Reports keys that the form does not have, and those that it needs. */
export function readForm(walker: Walker, form: z.ZodObject, entries: readonly Entry[], where: string, around: Range): FormEntries {
  const known = Object.keys(form.shape);
  const found = new Map<string, Entry>();
  // A key that was probably meant is told once: not as missing too.
  const meant = new Set<string | null>();
  const given = new Set(entries.map(({ name }) => name));
  const free = known.filter((name) => !given.has(name));
  for (const entry of entries) {
    if (known.includes(entry.name)) found.set(entry.name, entry);
    else {
      const suggestion = nearest(entry.name, free);
      meant.add(suggestion);
      walker.report(entry.key, {
        ...{ where: where === '' ? entry.name : `${where}.${entry.name}`, what: `There is no key "${entry.name}" here` },
        ...{ expected: `one of ${known.join(', ')}`, got: entry.name, suggestion },
        // In `{ help: one, two }` the comma ends the text.
        advice: suggestion === null && entry.value === null ? 'put text with a comma in it into quotes' : null,
      });
    }
  }
  for (const [name, field] of Object.entries(form.shape)) {
    if (found.has(name) || meant.has(name) || (field as z.ZodType).safeParse(undefined).success) continue;
    const got = entries.length === 0 ? 'nothing' : entries.map((entry) => entry.name).join(', ');
    walker.report(around, {
      where,
      what: `The key "${name}" is missing`,
      expected: `${name}: ${summaryOf(field as z.ZodType)}`,
      got,
      advice: `add "${name}:"`,
    });
  }
  return found;
}

const summaryOf = (field: z.ZodType): string => field.description ?? 'a value';

/** A scalar field of a form; undefined where it is absent or wrong (and reported). */
export function readField<Field extends z.ZodType>(
  walker: Walker,
  field: Field,
  entry: Entry | undefined,
  where: string,
): z.output<Field> | undefined {
  if (entry === undefined) return undefined;
  return readValueOf(walker, field, entry.value, entry.range, where);
}

export function readValueOf<Field extends z.ZodType>(
  walker: Walker,
  field: Field,
  node: YamlNode,
  range: Range,
  where: string,
): z.output<Field> | undefined {
  const value = walker.plain(node, where, range);
  const outcome = field.safeParse(value);
  if (outcome.success) return outcome.data;
  const [issue] = outcome.error.issues;
  if (issue === undefined) return undefined;
  const options = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const suggestion = typeof value === 'string' ? nearest(value, options) : boundOf(value, issue);
  const kebab = issue.code === 'invalid_format' && typeof value === 'string' ? named(value, String(issue.pattern)) : null;
  walker.report(range, {
    where,
    what: 'The value does not fit',
    expected: readable(issue),
    got: shapeOf(node),
    suggestion: suggestion ?? kebab,
  });
  return undefined;
}

function boundOf(value: unknown, issue: z.core.$ZodIssue): string | null {
  if (typeof value !== 'number') return null;
  if (issue.code === 'too_small' && issue.inclusive !== false) return String(issue.minimum);
  return issue.code === 'too_big' ? String(issue.maximum) : null;
}

const nameForm = (pattern: string): string =>
  pattern.includes('A-Z') ? 'a name such as tempoBpm: letters and digits' : 'lower-case words with hyphens, such as two-words';

const readable = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_format' ? nameForm(String(issue.pattern)) : expectationOf(issue);

/** Reports a key that is no name. */
export function checkName(walker: Walker, pattern: RegExp, { name, key }: Entry, where: string): void {
  if (pattern.test(name)) return;
  const expected = nameForm(String(pattern));
  walker.report(key, { where, what: 'The name has the wrong form', expected, got: name, suggestion: named(name, String(pattern)) });
}

/** A name of the wanted form that is as near as can be; null where nothing is left of it. */
function named(value: string, pattern: string): string | null {
  const words = value
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const first = words.findIndex((word) => /^[a-z]/.test(word));
  if (first === -1) return null;
  const used = words.slice(first);
  if (!pattern.includes('A-Z')) return used.join('-');
  return used.map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
}
