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

function validatorOf(schema: JsonObject, root: JsonObject): z.ZodType {
  let validator = validators.get(schema);
  if (validator === undefined) {
    const definitions = root['$defs'];
    validator = z.fromJSONSchema(definitions === undefined ? schema : { ...schema, $defs: definitions });
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
      const schema = properties[name];
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

  private literal(value: ReadValue, literal: JsonValue, schema: JsonObject, where: string): void {
    const outcome = validatorOf(schema, this.root).safeParse(literal);
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
