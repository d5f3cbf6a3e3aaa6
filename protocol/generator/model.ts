import { z } from 'zod';
import * as messages from '../messages/index.js';
import { readComments, type Comments } from './comments.js';

/**
 * What the generator knows of one value; everything that C++ has to enforce. `alias` is the name of the shared schema that a
 * bound comes from (`Counter`).
 */
export type Rule =
  | { kind: 'text'; alias: string | null; minimum: number; maximum: number | null; pattern: string | null }
  | { kind: 'integer'; alias: string | null; minimum: number; maximum: number }
  | { kind: 'number'; alias: string | null; minimum: number | null; maximum: number | null }
  | { kind: 'boolean' }
  | { kind: 'choice'; name: string; values: readonly string[] }
  | { kind: 'list'; item: Rule; minimum: number; maximum: number }
  | { kind: 'nullable'; rule: Rule }
  | { kind: 'record'; name: string }
  | { kind: 'anything' }
  | { kind: 'any-map' };

export interface Field {
  readonly name: string;
  readonly rule: Rule;
  readonly optional: boolean;
  readonly comment: string;
}

export interface Struct {
  readonly name: string;
  /** The value of `type` where the struct is a message of its own. */
  readonly type: string | null;
  readonly sender: 'client' | 'daemon' | null;
  readonly fields: readonly Field[];
  readonly comment: string;
}

export interface Choice {
  readonly name: string;
  readonly values: readonly string[];
  readonly comment: string;
}

export interface Model {
  /** In an order in which each struct follows those that it contains. */
  readonly structs: readonly Struct[];
  readonly choices: readonly Choice[];
  readonly definitions: Readonly<Record<string, JsonNode>>;
  readonly comments: Comments;
}

/** The part of JSON Schema that the message schemas use; another keyword in a schema stops the generator. */
const jsonNodeSchema = z.strictObject({
  $ref: z.string().optional(),
  type: z.enum(['object', 'string', 'integer', 'number', 'boolean', 'array', 'null']).optional(),
  const: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
  propertyNames: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  get items(): z.ZodOptional<z.ZodType<JsonNode>> {
    return jsonNodeSchema.optional();
  },
  get anyOf(): z.ZodOptional<z.ZodArray<z.ZodType<JsonNode>>> {
    return z.array(jsonNodeSchema).optional();
  },
  get properties(): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodType<JsonNode>>> {
    return z.record(z.string(), jsonNodeSchema).optional();
  },
});
export interface JsonNode {
  $ref?: string | undefined;
  type?: 'object' | 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'null' | undefined;
  const?: string | undefined;
  enum?: string[] | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  pattern?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  description?: string | undefined;
  required?: string[] | undefined;
  propertyNames?: unknown;
  additionalProperties?: unknown;
  items?: JsonNode | undefined;
  anyOf?: JsonNode[] | undefined;
  properties?: Record<string, JsonNode> | undefined;
}

const DIRECTIONS = { clientMessageSchema: 'client', daemonMessageSchema: 'daemon' } as const;
const REFERENCE_PREFIX = '#/$defs/';

/** `slotReportMessageSchema` → `SlotReportMessage`. */
export function definitionName(exportName: string): string {
  const bare = exportName.replace(/Schema$/, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

export function buildModel(): Model {
  const comments = readComments();
  const definitions = describeSchemas();
  const senders = new Map<string, 'client' | 'daemon'>();
  for (const [union, sender] of Object.entries(DIRECTIONS) as [keyof typeof DIRECTIONS, 'client' | 'daemon'][]) {
    for (const option of messages[union].options) senders.set(option.shape.type.value, sender);
  }
  const choices: Choice[] = [];
  const unordered: Struct[] = [];
  for (const [name, node] of Object.entries(definitions)) {
    const comment = comments.get(name)?.comment ?? '';
    if (node.enum) choices.push({ name, values: node.enum, comment });
    if (node.properties) unordered.push(describeStruct(name, node, definitions, comments, senders));
  }
  return { structs: inOrderOfUse(unordered), choices, definitions, comments };
}

/** Every exported `…Schema` as a JSON Schema definition, those that share one schema object under the first name. */
function describeSchemas(): Record<string, JsonNode> {
  const registry = z.registry<{ id: string }>();
  const names: string[] = [];
  for (const exportName of exportsInSourceOrder()) {
    const schema = (messages as Record<string, unknown>)[exportName];
    if (!(schema instanceof z.ZodType) || exportName in DIRECTIONS || registry.has(schema)) continue;
    names.push(definitionName(exportName));
    registry.add(schema, { id: definitionName(exportName) });
  }
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => REFERENCE_PREFIX + id });
  const definitions: Record<string, JsonNode> = {};
  for (const name of names) {
    const { $schema: _schema, $id: _id, ...node } = schemas[name] as Record<string, unknown>;
    definitions[name] = jsonNodeSchema.parse(node);
  }
  return definitions;
}

/** A module's own export list is sorted by name; the source's order reads better in what is generated. */
function exportsInSourceOrder(): string[] {
  const exported = Object.keys(messages).filter((name) => name.endsWith('Schema'));
  const order = [...readComments().keys()];
  return exported.sort((left, right) => order.indexOf(definitionName(left)) - order.indexOf(definitionName(right)));
}

function describeStruct(
  name: string,
  node: JsonNode,
  definitions: Readonly<Record<string, JsonNode>>,
  comments: Comments,
  senders: ReadonlyMap<string, 'client' | 'daemon'>,
): Struct {
  const type = node.properties?.['type']?.const ?? null;
  const fields = Object.entries(node.properties ?? {})
    .filter(([fieldName]) => !(type !== null && fieldName === 'type'))
    .map(([fieldName, fieldNode]) => ({
      name: fieldName,
      rule: describeRule(fieldNode, definitions, `${name}.${fieldName}`),
      optional: !(node.required ?? []).includes(fieldName),
      comment: comments.get(name)?.fields.get(fieldName) ?? '',
    }));
  const sender = type === null ? null : (senders.get(type) ?? null);
  if (type !== null && sender === null) throw new Error(`${name} has a type but belongs to no direction`);
  return { name, type, sender, fields, comment: comments.get(name)?.comment ?? '' };
}

function describeRule(node: JsonNode, definitions: Readonly<Record<string, JsonNode>>, place: string): Rule {
  if (node.$ref !== undefined) {
    const name = node.$ref.slice(REFERENCE_PREFIX.length);
    const target = definitions[name];
    if (!target) throw new Error(`${place}: no definition ${name}`);
    if (target.properties) return { kind: 'record', name };
    if (target.enum) return { kind: 'choice', name, values: target.enum };
    const rule = describeRule(target, definitions, place);
    return 'alias' in rule ? { ...rule, alias: name } : rule;
  }
  if (node.anyOf) {
    const [rule, nothing, ...others] = node.anyOf;
    if (!rule || nothing?.type !== 'null' || others.length > 0) throw new Error(`${place}: a union may only be "or null"`);
    return { kind: 'nullable', rule: describeRule(rule, definitions, place) };
  }
  switch (node.type) {
    case 'string':
      if (node.enum) throw new Error(`${place}: an enum needs an exported schema of its own, for its name in C++`);
      return {
        kind: 'text',
        alias: null,
        minimum: node.minLength ?? 0,
        maximum: node.maxLength ?? null,
        pattern: node.pattern ?? null,
      };
    case 'integer':
      return {
        kind: 'integer',
        alias: null,
        minimum: node.minimum ?? -Number.MAX_SAFE_INTEGER,
        maximum: node.maximum ?? Number.MAX_SAFE_INTEGER,
      };
    case 'number':
      return { kind: 'number', alias: null, minimum: node.minimum ?? null, maximum: node.maximum ?? null };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array':
      if (!node.items || node.maxItems === undefined) throw new Error(`${place}: a list needs items and a maximum`);
      return {
        kind: 'list',
        item: describeRule(node.items, definitions, place),
        minimum: node.minItems ?? 0,
        maximum: node.maxItems,
      };
    case 'object':
      if (node.properties) throw new Error(`${place}: a map with fields needs an exported schema of its own`);
      return { kind: 'any-map' };
    case undefined:
      return { kind: 'anything' };
    default:
      throw new Error(`${place}: the generator knows no ${node.type}`);
  }
}

/** The rule of a shared schema (`Counter`), without its alias; null where the definition is a struct or an enum. */
export function sharedRule(model: Model, name: string): Rule | null {
  const node = model.definitions[name];
  return !node || node.properties || node.enum ? null : describeRule(node, model.definitions, name);
}

/** The names of the structs that a rule contains. */
export function recordsWithin(rule: Rule): string[] {
  if (rule.kind === 'record') return [rule.name];
  if (rule.kind === 'nullable') return recordsWithin(rule.rule);
  return rule.kind === 'list' ? recordsWithin(rule.item) : [];
}

function inOrderOfUse(structs: readonly Struct[]): Struct[] {
  const ordered = new Set<Struct>();
  const place = (struct: Struct): void => {
    if (ordered.has(struct)) return;
    for (const name of struct.fields.flatMap((field) => recordsWithin(field.rule))) {
      const contained = structs.find((candidate) => candidate.name === name);
      if (contained) place(contained);
    }
    ordered.add(struct);
  };
  structs.forEach(place);
  return [...ordered];
}
