import { resolve } from 'node:path';
import { z } from 'zod';
import type { ActionDeclaration } from '../../actions/index.js';
import { GrymError } from '../../kernel/index.js';

/** One parameter of an action as the command line takes it. */
export interface CommandParameter {
  /** As the action names it. */
  readonly name: string;
  /** As a flag: kebab-case without dashes. */
  readonly flag: string;
  readonly help: string;
  readonly required: boolean;
  /** `pairs` takes words `name=value`, `words` takes each word as one value. */
  readonly kind: 'text' | 'number' | 'number-or-text' | 'switch' | 'words' | 'pairs';
  /** The words that are allowed, where there are only some. */
  readonly choices: readonly string[] | null;
  /** What the value is one of, for completion: `runs`, `workflows` and so on; null where it is free. */
  readonly valuesFrom: string | null;
  /** A path, relative to where the user is, not to where the daemon runs. */
  readonly isPath: boolean;
}

const propertySchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  valuesFrom: z.string().optional(),
  isPath: z.boolean().default(false),
  anyOf: z
    .array(z.object({ type: z.string().optional(), const: z.unknown().optional(), enum: z.array(z.unknown()).optional() }))
    .optional(),
});
const objectSchema = z.object({ properties: z.record(z.string(), propertySchema).default({}), required: z.array(z.string()).default([]) });

/** Read from the declaration's JSON Schema, so that no parameter is described twice. */
export function commandParameters(action: ActionDeclaration): CommandParameter[] {
  const { properties, required } = objectSchema.parse(z.toJSONSchema(action.params, { io: 'input' }));
  return Object.entries(properties).map(([name, property]) => {
    const preset = property.default === undefined ? '' : ` [default: ${JSON.stringify(property.default)}]`;
    return {
      name,
      flag: name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      help: `${property.description ?? ''}${preset}`.trim(),
      required: required.includes(name),
      kind: kindOf(property),
      choices: property.enum?.map(String) ?? null,
      valuesFrom: property.valuesFrom ?? null,
      isPath: property.isPath,
    };
  });
}

export interface Place {
  readonly parameter: CommandParameter;
  /** Takes all words that are left. */
  readonly rest: boolean;
}

/** The parameters that a command takes by position, in order. */
export function placesOf(action: ActionDeclaration, parameters: readonly CommandParameter[]): Place[] {
  return action.positional.flatMap((entry) => {
    const rest = entry.endsWith('...');
    const parameter = parameters.find(({ name }) => name === (rest ? entry.slice(0, -3) : entry));
    return parameter === undefined ? [] : [{ parameter, rest }];
  });
}

function kindOf(property: z.infer<typeof propertySchema>): CommandParameter['kind'] {
  const types = new Set([property.type ?? [], property.anyOf?.map((option) => option.type ?? 'string') ?? []].flat());
  if (types.has('object')) return 'pairs';
  if (types.has('array')) return 'words';
  if (types.has('boolean')) return 'switch';
  const numeric = types.has('number') || types.has('integer');
  if (!numeric) return 'text';
  return types.has('string') ? 'number-or-text' : 'number';
}

/** What was typed for a parameter as the action wants it. What is no number stays a text, and the action says what is wrong with it. */
export function parameterValue(parameter: CommandParameter, words: readonly string[]): unknown {
  if (parameter.kind === 'pairs') return pairs(parameter, words);
  if (parameter.kind === 'words') return words.length === 1 ? words[0] : words;
  const text = words.join(' ');
  if (parameter.isPath && text !== '') return resolve(text);
  if (parameter.kind === 'text' || text.trim() === '') return text;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

const PAIR = /^(?<name>[A-Za-z][A-Za-z0-9_-]*)=(?<value>[^]*)$/;

export function isPair(word: string): boolean {
  return PAIR.test(word) || word.startsWith('{');
}

/** Values stay texts: the action knows of what type each is to be. One word may be a JSON object instead. */
function pairs(parameter: CommandParameter, words: readonly string[]): Record<string, unknown> {
  const entries = words.flatMap((word): [string, unknown][] => {
    if (word.startsWith('{')) return Object.entries(jsonObject(parameter, word));
    const { name, value } = PAIR.exec(word)?.groups ?? {};
    if (name !== undefined && value !== undefined) return [[name, value]];
    throw new GrymError('GRYM_USAGE', { problem: `${parameter.flag} are written as name=value, got "${word}"` });
  });
  return Object.fromEntries(entries);
}

function jsonObject(parameter: CommandParameter, text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    throw new GrymError(
      'GRYM_USAGE',
      { problem: `${parameter.flag} must be name=value or a JSON object, got "${text}"` },
      { cause: error },
    );
  }
}
