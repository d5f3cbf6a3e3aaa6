import type { JsonObject, JsonValue } from '../../../kernel/index.js';

/** What is known of a value before the run: types are of JSON, and whatever is not known is `any`. */
export type Type =
  | { readonly kind: 'any' | 'null' | 'boolean' | 'number' }
  | { readonly kind: 'text'; readonly options?: readonly string[] }
  | { readonly kind: 'list'; readonly of: Type }
  /** `open`: may have more fields than are named. */
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Type>>; readonly open: boolean }
  | { readonly kind: 'union'; readonly of: readonly Type[] };

export const ANY: Type = { kind: 'any' };
export const NULL: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const NUMBER: Type = { kind: 'number' };
export const TEXT: Type = { kind: 'text' };
export const listOf = (of: Type): Type => ({ kind: 'list', of });
export const mapOf = (fields: Readonly<Record<string, Type>>, open = false): Type => ({ kind: 'map', fields, open });

const membersOf = (type: Type): readonly Type[] => (type.kind === 'union' ? type.of : [type]);

export function union(...types: readonly Type[]): Type {
  const members = new Map(types.flatMap(membersOf).map((type) => [JSON.stringify(type), type]));
  if ([...members.values()].some(({ kind }) => kind === 'any')) return ANY;
  const [first, ...others] = members.values();
  if (first === undefined) return ANY;
  return others.length === 0 ? first : { kind: 'union', of: [first, ...others] };
}

export const nullable = (type: Type): Type => union(type, NULL);

/** The type where the value is not null; `any` where it never is anything else. */
export function withoutNull(type: Type): Type {
  const left = membersOf(type).filter(({ kind }) => kind !== 'null');
  return left.length === 0 ? NULL : union(...left);
}

export const mayBeNull = (type: Type): boolean => membersOf(type).some(({ kind }) => kind === 'null');

export function describe(type: Type): string {
  switch (type.kind) {
    case 'any':
      return 'anything';
    case 'text':
      if (type.options === undefined) return 'text';
      return type.options.length === 1 ? `the text ${JSON.stringify(type.options[0])}` : `one of ${type.options.join(', ')}`;
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'list':
      return type.of.kind === 'any' ? 'a list' : `a list of ${describe(type.of).replace(/^(a|an) /, '')}`;
    case 'map':
      return 'a map';
    case 'union':
      return type.of.map(describe).join(' or ');
  }
}

function fits(one: Type, other: Type): boolean {
  if (one.kind === 'any' || other.kind === 'any') return true;
  if (one.kind === 'text' && other.kind === 'text') {
    const { options } = other;
    return one.options === undefined || options === undefined || one.options.some((option) => options.includes(option));
  }
  if (one.kind === 'list' && other.kind === 'list') return mayBe(one.of, other.of);
  return one.kind === other.kind;
}

/** Whether a value of one type can be of the other; false only where it never can. */
export function mayBe(one: Type, other: Type): boolean {
  return membersOf(one).some((left) => membersOf(other).some((right) => fits(left, right)));
}

export function typeOfValue(value: JsonValue): Type {
  if (value === null) return NULL;
  if (Array.isArray(value)) return listOf(union(...(value as readonly JsonValue[]).map(typeOfValue)));
  switch (typeof value) {
    case 'string':
      return { kind: 'text', options: [value] };
    case 'number':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    default:
      return mapOf(Object.fromEntries(Object.entries(value as JsonObject).map(([name, field]) => [name, typeOfValue(field)])));
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema with its reference followed; an empty one where that leads nowhere. */
export function resolveSchema(schema: JsonValue | undefined, root: JsonObject): JsonObject {
  let at = schema;
  for (let hops = 0; isObject(at) && typeof at['$ref'] === 'string' && hops < 10; hops += 1) {
    const steps = at['$ref'].split('/').slice(1);
    at = steps.reduce<JsonValue | undefined>((value, name) => (isObject(value) ? value[name] : undefined), root);
  }
  return isObject(at) ? at : {};
}

const MAXIMUM_DEPTH = 8;

/** The type that a JSON Schema describes. `root`: where its references lead. */
export function typeOfSchema(given: JsonValue | undefined, root: JsonObject, depth = 0): Type {
  if (depth > MAXIMUM_DEPTH) return ANY;
  const schema = resolveSchema(given, root);
  const inner = (value: JsonValue | undefined): Type => typeOfSchema(value, root, depth + 1);
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) return union(...(alternatives as readonly JsonValue[]).map(inner));
  if (schema['const'] !== undefined) return typeOfValue(schema['const']);
  const { enum: options, type } = schema as { readonly enum?: readonly JsonValue[]; readonly type?: JsonValue };
  if (options !== undefined) {
    const words = options.filter((option) => typeof option === 'string');
    const others = options.filter((option) => typeof option !== 'string').map(typeOfValue);
    return union(...(words.length > 0 ? [{ kind: 'text', options: words } as const] : []), ...others);
  }
  if (Array.isArray(type)) return union(...(type as readonly JsonValue[]).map((one) => inner({ ...schema, type: one })));
  switch (type) {
    case 'string':
      return TEXT;
    case 'number':
    case 'integer':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'null':
      return NULL;
    case 'array':
      return listOf(schema['items'] === undefined ? ANY : inner(schema['items']));
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      const required = new Set((schema['required'] ?? []) as readonly string[]);
      const field = (name: string): Type => (required.has(name) ? inner(properties[name]) : nullable(inner(properties[name])));
      const fields = Object.fromEntries(Object.keys(properties).map((name) => [name, field(name)]));
      return mapOf(fields, schema['additionalProperties'] !== false);
    }
    default:
      return ANY;
  }
}
