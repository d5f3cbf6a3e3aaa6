import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import { describe, mayBe, NULL, resolveSchema, typeOfSchema, withoutNull } from '../expressions/types.js';
import { shown } from '../inputs.js';
import { nearest } from '../suggest.js';
import { expectationOf } from './issues.js';
import type { Range } from './source.js';
import type { ReadValue } from './values.js';
import type { Walker } from './yaml.js';

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const validators = new WeakMap<JsonObject, z.ZodType>();

/** Zod reads patterns without the flag `u`, which JSON Schema and our steps' patterns mean: they are checked apart. */
function withoutPatterns(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutPatterns);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name, entry]) => !(name === 'pattern' && typeof entry === 'string'));
  return Object.fromEntries(kept.map(([name, entry]) => [name, withoutPatterns(entry)]));
}

function validatorOf(schema: JsonObject, root: JsonObject): z.ZodType {
  let validator = validators.get(schema);
  if (validator === undefined) {
    const definitions = root['$defs'];
    const whole = withoutPatterns(definitions === undefined ? schema : { ...schema, $defs: definitions });
    validator = z.fromJSONSchema(whole as z.core.JSONSchema.JSONSchema);
    validators.set(schema, validator);
  }
  return validator;
}

function at(value: ReadValue, path: readonly PropertyKey[]): ReadValue {
  let found = value;
  for (const step of path) found = found.children.get(step as string | number) ?? found;
  return found;
}

const inside = (literal: JsonValue, path: readonly PropertyKey[]): JsonValue =>
  path.reduce<JsonValue>((value, step) => (value as Record<PropertyKey, JsonValue>)[step] ?? null, literal);

const placeOf = (where: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((place, step) => (typeof step === 'number' ? `${place}[${step}]` : `${place}.${String(step)}`), where);

/** Checks values of the document against JSON Schemas of parameters. */
export class SchemaCheck {
  constructor(
    private readonly walker: Walker,
    /** Where references of the schemas lead. */
    private readonly root: JsonObject,
  ) {}

  /** `with:` of a step: unknown, missing and ill-typed parameters. */
  parameters(
    values: ReadonlyMap<string, { readonly key: Range; readonly value: ReadValue }>,
    where: string,
    around: Range,
    what: string,
  ): void {
    const properties = isObject(this.root['properties']) ? this.root['properties'] : {};
    const known = Object.keys(properties);
    for (const [name, { key, value }] of values) {
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (schema !== undefined) this.value(value, resolveSchema(schema, this.root), `${where}.${name}`);
      else if (this.root['additionalProperties'] === false) {
        const expected = known.length === 0 ? 'no parameters' : `one of ${known.join(', ')}`;
        this.walker.report(key, {
          where: `${where}.${name}`,
          what: `${what} has no parameter "${name}"`,
          expected,
          got: name,
          suggestion: nearest(name, known),
        });
      }
    }
    for (const name of (this.root['required'] ?? []) as readonly string[]) {
      if (values.has(name)) continue;
      const schema = resolveSchema(properties[name], this.root);
      const help = typeof schema['description'] === 'string' ? ` (${schema['description']})` : '';
      this.walker.report(around, {
        ...{
          where,
          what: `${what} needs the parameter "${name}"`,
          got: values.size === 0 ? 'no parameters' : [...values.keys()].join(', '),
        },
        ...{ expected: `${name}: ${describe(typeOfSchema(schema, this.root))}${help}`, advice: `add "${name}:" under "with:"` },
      });
    }
  }

  private value(value: ReadValue, schema: JsonObject, where: string): void {
    const { template } = value;
    if ('literal' in template) return this.literal(value, template.literal, schema, where);
    if ('list' in template && isObject(schema['items'])) {
      const items = resolveSchema(schema['items'], this.root);
      for (const [index, child] of value.children) this.value(child, items, `${where}[${index}]`);
      return;
    }
    if ('object' in template && isObject(schema['properties'])) {
      const root = { ...schema, ...(this.root['$defs'] === undefined ? {} : { $defs: this.root['$defs'] }) };
      const children = [...value.children].map(([name, child]) => [String(name), { key: child.range, value: child }] as const);
      return new SchemaCheck(this.walker, root).parameters(new Map(children), where, value.range, 'This map');
    }
    const expected = typeOfSchema(schema, this.root);
    // A parameter whose expression comes to null counts as not given.
    const given = withoutNull(value.type);
    if (given.kind === NULL.kind || mayBe(given, expected)) return;
    this.walker.report(value.range, {
      where,
      what: 'The value has the wrong type',
      expected: describe(expected),
      got: describe(value.type),
    });
  }

  /** Texts of a literal that otherwise fits, against the patterns of its schema. */
  private patterns(value: ReadValue, literal: JsonValue, given: JsonValue | undefined, where: string): void {
    const schema = resolveSchema(given, this.root);
    const alternatives = schema['anyOf'];
    if (Array.isArray(alternatives)) {
      const texts = (alternatives as readonly JsonValue[]).filter((one) => isObject(one) && one['type'] === 'string');
      if (typeof literal === 'string' && texts.length === 1)
        this.patterns(value, literal, { ...schema, anyOf: null, ...(texts[0] as JsonObject) }, where);
      return;
    }
    if (Array.isArray(literal)) {
      for (const [index, entry] of (literal as readonly JsonValue[]).entries()) {
        this.patterns(at(value, [index]), entry, schema['items'], `${where}[${index}]`);
      }
    }
    const { pattern, description } = schema;
    if (typeof literal !== 'string' || typeof pattern !== 'string' || new RegExp(pattern, 'u').test(literal)) return;
    const expected = typeof description === 'string' ? description : `text of the form /${pattern}/`;
    this.walker.report(value.range, { where, what: 'The text has the wrong form', expected, got: shown(literal) });
  }

  private literal(value: ReadValue, literal: JsonValue, schema: JsonObject, where: string): void {
    const outcome = validatorOf(schema, this.root).safeParse(literal);
    if (outcome.success) this.patterns(value, literal, schema, where);
    for (const issue of outcome.error?.issues ?? []) {
      const wrong = inside(literal, issue.path);
      const { range } = at(value, issue.path);
      const place = placeOf(where, issue.path);
      if (issue.code === 'unrecognized_keys') {
        const known = Object.keys((resolveSchema(schema, this.root)['properties'] ?? {}) as JsonObject);
        for (const key of issue.keys) {
          const child = at(value, [...issue.path, key]).range;
          const expected = known.length === 0 ? 'no such field' : `one of ${known.join(', ')}`;
          this.walker.report(child, {
            where: `${place}.${key}`,
            what: `There is no field "${key}"`,
            expected,
            got: key,
            suggestion: nearest(key, known),
          });
        }
        continue;
      }
      const options = issue.code === 'invalid_value' ? issue.values.map(String) : optionsOf(schema);
      const suggestion = typeof wrong === 'string' ? nearest(wrong, options) : numberIn(wrong, issue);
      this.walker.report(range, {
        where: place,
        what: 'The value does not fit',
        expected: expectationOf(issue),
        got: shown(wrong),
        suggestion,
      });
    }
  }
}

function optionsOf(schema: JsonObject): readonly string[] {
  const type = typeOfSchema(schema, schema);
  return (type.kind === 'union' ? type.of : [type]).flatMap((one) => (one.kind === 'text' ? (one.options ?? []) : []));
}

/** The nearest number that is allowed. */
function numberIn(wrong: JsonValue, issue: z.core.$ZodIssue): string | null {
  if (typeof wrong !== 'number') return null;
  if (issue.code === 'too_small' && issue.inclusive !== false) return String(issue.minimum);
  return issue.code === 'too_big' && issue.inclusive !== false ? String(issue.maximum) : null;
}
