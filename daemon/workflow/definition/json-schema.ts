import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../kernel/index.js';
import { catalogueFacts } from './facts-of.js';
import type { StepFacts } from './facts.js';
import { chooseForm, documentForm, parallelForm, repeatForm, stepList, subForm, useForm } from './reader/document-schema.js';

const EXPRESSION = { type: 'string', pattern: String.raw`\$\{`, description: 'An expression: ${ … }' } as const;

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema with the names of its own definitions changed, so that many can stand in one file. */
function renamed(value: JsonValue, prefix: string): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((entry) => renamed(entry, prefix));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      const refers = name === '$ref' && typeof entry === 'string' && entry.startsWith('#/$defs/') && entry !== '#/$defs/steps';
      return [name, refers ? entry.replace('#/$defs/', `#/$defs/${prefix}-`) : renamed(entry, prefix)];
    }),
  );
}

interface Part {
  readonly schema: JsonObject;
  readonly definitions: Record<string, JsonValue>;
}

function part(raw: JsonObject, prefix: string): Part {
  const { $schema: _dialect, $defs: own, id: _id, $id: _uri, ...schema } = raw;
  const definitions: Record<string, JsonValue> = {};
  for (const [name, definition] of Object.entries(isObject(own) ? own : {})) {
    if (name !== 'steps') definitions[`${prefix}-${name}`] = renamed(definition, prefix);
  }
  return { schema: renamed(schema, prefix) as JsonObject, definitions };
}

const schemaOf = (form: z.ZodType): JsonObject => z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as JsonObject;

/** `with:` of one step: each parameter as its schema has it, or as an expression. */
function parametersOf({ schema }: Part): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const entries = Object.entries(properties).map(([name, property]) => {
    const { description, default: otherwise, ...rest } = property as JsonObject;
    const notes = { ...(description === undefined ? {} : { description }), ...(otherwise === undefined ? {} : { default: otherwise }) };
    return [name, { ...notes, anyOf: [rest, EXPRESSION] }] as const;
  });
  const { type = 'object', required = [], additionalProperties = false } = schema;
  return { type, properties: Object.fromEntries(entries), required, additionalProperties };
}

function useStep(steps: readonly StepFacts[], definitions: Record<string, JsonValue>): JsonObject {
  const { schema, definitions: own } = part(schemaOf(useForm), 'use');
  Object.assign(definitions, own);
  const properties = schema['properties'] as JsonObject;
  const conditions = steps.flatMap((step) => {
    if (step.input === null) return [];
    const parameters = part(step.input, step.name);
    Object.assign(definitions, parameters.definitions);
    const accepted = parametersOf(parameters);
    const needed = (accepted['required'] as readonly JsonValue[]).length > 0 ? { required: ['with'] } : {};
    return [{ if: { properties: { use: { const: step.name } }, required: ['use'] }, then: { properties: { with: accepted }, ...needed } }];
  });
  const use = { description: 'A step of the catalogue', anyOf: steps.map(({ name, help }) => ({ const: name, description: help })) };
  return { title: 'step', ...schema, properties: { ...properties, use }, allOf: conditions };
}

/** The JSON Schema of workflow documents, with the steps there are and their parameters: completion and checks in editors. */
export function workflowJsonSchema(steps: readonly StepFacts[]): JsonObject {
  const all = [...catalogueFacts(steps).steps.values()];
  const definitions: Record<string, JsonValue> = {};
  const forms = { parallel: parallelForm, repeat: repeatForm, choose: chooseForm, workflow: subForm };
  const kinds = ['use', ...Object.keys(forms)];
  definitions['steps'] = { description: stepList.description ?? '', type: 'array', minItems: 1, items: { $ref: '#/$defs/step' } };
  definitions['step'] = {
    type: 'object',
    allOf: kinds.map((kind) => ({ if: { required: [kind] }, then: { $ref: `#/$defs/${kind}-step` } })),
    anyOf: kinds.map((kind) => ({ required: [kind] })),
    properties: Object.fromEntries(kinds.map((kind) => [kind, {}])),
    required: ['id'],
  };
  definitions['use-step'] = useStep(all, definitions);
  for (const [name, form] of Object.entries(forms)) {
    const { schema, definitions: own } = part(schemaOf(form), name);
    Object.assign(definitions, own);
    definitions[`${name}-step`] = { title: name, ...schema };
  }
  const root = part(schemaOf(documentForm), 'document');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'grym-synth workflow',
    description: 'A workflow of grym-synth; docs/reference/workflow-format.md explains it',
    ...root.schema,
    $defs: { ...definitions, ...root.definitions },
  };
}
