import { z } from 'zod';
import type { ActionDeclaration } from '../../actions/index.js';

/** One parameter of an action as the command line takes it. */
export interface CommandParameter {
  /** As the action names it. */
  readonly name: string;
  /** As a flag: kebab-case without dashes. */
  readonly flag: string;
  readonly help: string;
  readonly required: boolean;
  readonly kind: 'text' | 'number' | 'number-or-text' | 'switch';
  /** The words that are allowed, where there are only some. */
  readonly choices: readonly string[] | null;
}

const propertySchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
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
    };
  });
}

function kindOf(property: z.infer<typeof propertySchema>): CommandParameter['kind'] {
  const types = new Set([property.type ?? [], property.anyOf?.map((option) => option.type ?? 'string') ?? []].flat());
  if (types.has('boolean')) return 'switch';
  const numeric = types.has('number') || types.has('integer');
  if (!numeric) return 'text';
  return types.has('string') ? 'number-or-text' : 'number';
}

/** A word of the command line as the action wants it. What is no number stays a text, and the action says what is wrong with it. */
export function parameterValue(parameter: CommandParameter, text: string): unknown {
  if (parameter.kind === 'text' || text.trim() === '') return text;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}
