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

/** Deeper than any step's output; what is inside of that is `any`. */
const MAXIMUM_NESTING = 32;
/** Of a union; beyond that only the kinds of its members are told apart. */
const MAXIMUM_MEMBERS = 32;

const nestings = new WeakMap<Type, number>();
const nestingOf = (type: Type): number => nestings.get(type) ?? 0;

function around<Outer extends Type>(outer: Outer, nesting: number): Outer {
  nestings.set(outer, nesting);
  return outer;
}

const tooDeep = (type: Type): boolean => nestingOf(type) >= MAXIMUM_NESTING;

export const listOf = (of: Type): Type => {
  const entry = tooDeep(of) ? ANY : of;
  return around({ kind: 'list', of: entry }, nestingOf(entry) + 1);
};

export function mapOf(given: Readonly<Record<string, Type>>, open = false): Type {
  const entries = Object.entries(given).map(([name, type]) => [name, tooDeep(type) ? ANY : type] as const);
  const nesting = entries.reduce((most, [, type]) => Math.max(most, nestingOf(type)), 0);
  return around({ kind: 'map', fields: Object.fromEntries(entries), open }, nesting + 1);
}

const LIST_OF_ANY = listOf(ANY);
const ANY_MAP = mapOf({}, true);

const membersOf = (type: Type): readonly Type[] => (type.kind === 'union' ? type.of : [type]);

/** Equal types have one number; parts are compared by theirs, since a type as text may be endless where its parts are shared. */
const numbers = new WeakMap<Type, number>();
const MAXIMUM_KNOWN = 10_000;
const known = new Map<string, number>();
let lastNumber = 0;

function numberOf(type: Type): number {
  let number = numbers.get(type);
  if (number === undefined) {
    const text = textOf(type);
    number = known.get(text);
    if (number === undefined) {
      if (known.size >= MAXIMUM_KNOWN) known.clear();
      lastNumber += 1;
      number = lastNumber;
      known.set(text, number);
    }
    numbers.set(type, number);
  }
  return number;
}

function textOf(type: Type): string {
  switch (type.kind) {
    case 'text':
      return JSON.stringify(type.options ?? 'text');
    case 'list':
      return `list ${numberOf(type.of)}`;
    case 'map': {
      const fields = Object.entries(type.fields).map(([name, field]) => [name, numberOf(field)]);
      return `map ${type.open} ${JSON.stringify(fields)}`;
    }
    case 'union':
      return `union ${type.of.map(numberOf).join(' ')}`;
    default:
      return type.kind;
  }
}

/** Of many alternatives the kinds alone. */
const widened = ({ kind }: Type): Type => {
  if (kind === 'text') return TEXT;
  if (kind === 'list') return LIST_OF_ANY;
  return kind === 'map' ? ANY_MAP : { kind: kind as 'null' | 'boolean' | 'number' };
};

const distinct = (types: readonly Type[]): readonly Type[] => [...new Map(types.map((type) => [numberOf(type), type])).values()];

/** What is one of these. */
export function unionOf(types: readonly Type[]): Type {
  const given = [...new Set(types)];
  const [only] = given;
  if (only === undefined) return ANY;
  if (given.length === 1) return only;
  const members = [...new Set(given.flatMap(membersOf))];
  if (members.some(({ kind }) => kind === 'any')) return ANY;
  let left = distinct(members);
  if (left.length > MAXIMUM_MEMBERS) left = distinct(left.map(widened));
  const [first, ...others] = left;
  if (first === undefined) return ANY;
  if (others.length === 0) return first;
  return around({ kind: 'union', of: left }, Math.max(...left.map(nestingOf)));
}

export const union = (...types: readonly Type[]): Type => unionOf(types);

export const nullable = (type: Type): Type => union(type, NULL);

/** The type where the value is not null; `any` where it never is anything else. */
export function withoutNull(type: Type): Type {
  if (!mayBeNull(type)) return type;
  const left = membersOf(type).filter(({ kind }) => kind !== 'null');
  return left.length === 0 ? NULL : unionOf(left);
}

export const mayBeNull = (type: Type): boolean => membersOf(type).some(({ kind }) => kind === 'null');

const DESCRIBED_NESTING = 3;
const DESCRIBED_MEMBERS = 8;

export function describe(type: Type, nesting = 0): string {
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
      if (type.of.kind === 'any' || nesting >= DESCRIBED_NESTING) return 'a list';
      return `a list of ${describe(type.of, nesting + 1).replace(/^(a|an) /, '')}`;
    case 'map':
      return 'a map';
    case 'union':
      return [
        ...type.of.slice(0, DESCRIBED_MEMBERS).map((member) => describe(member, nesting)),
        ...(type.of.length > DESCRIBED_MEMBERS ? ['others'] : []),
      ].join(' or ');
  }
}

/** Types that are made of many alternatives inside of each other are compared no further: they may be anything. */
const MAXIMUM_COMPARISONS = 2_000;

interface Comparing {
  left: number;
}

function fits(one: Type, other: Type, comparing: Comparing): boolean {
  comparing.left -= 1;
  if (comparing.left < 0 || one === other || one.kind === 'any' || other.kind === 'any') return true;
  if (one.kind === 'text' && other.kind === 'text') {
    const { options } = other;
    return one.options === undefined || options === undefined || one.options.some((option) => options.includes(option));
  }
  if (one.kind === 'list' && other.kind === 'list') return compare(one.of, other.of, comparing);
  return one.kind === other.kind;
}

const compare = (one: Type, other: Type, comparing: Comparing): boolean =>
  membersOf(one).some((left) => membersOf(other).some((right) => fits(left, right, comparing)));

/** Whether a value of one type can be of the other; false only where it never can. */
export const mayBe = (one: Type, other: Type): boolean => compare(one, other, { left: MAXIMUM_COMPARISONS });

export function typeOfValue(value: JsonValue): Type {
  if (value === null) return NULL;
  if (Array.isArray(value)) return listOf(unionOf((value as readonly JsonValue[]).map(typeOfValue)));
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

const schemaTypes = new WeakMap<JsonObject, { readonly root: JsonObject; readonly type: Type }>();

/** The type that a JSON Schema describes. `root`: where its references lead. */
export function typeOfSchema(given: JsonValue | undefined, root: JsonObject): Type {
  const schema = resolveSchema(given, root);
  const before = schemaTypes.get(schema);
  if (before?.root === root) return before.type;
  const type = typeWithin(schema, root, 0);
  schemaTypes.set(schema, { root, type });
  return type;
}

function typeWithin(given: JsonValue | undefined, root: JsonObject, depth: number): Type {
  if (depth > MAXIMUM_DEPTH) return ANY;
  const schema = resolveSchema(given, root);
  const inner = (value: JsonValue | undefined): Type => typeWithin(value, root, depth + 1);
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
