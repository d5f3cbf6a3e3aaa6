import { z } from 'zod';
import { ACTIONS, type ActionDeclaration } from '../../../daemon/actions/index.js';

const propertySchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z
    .array(z.looseObject({ type: z.string().optional(), const: z.unknown().optional(), enum: z.array(z.unknown()).optional() }))
    .optional(),
});
type Property = z.infer<typeof propertySchema>;
const objectSchema = z.looseObject({
  properties: z.record(z.string(), propertySchema).default({}),
  required: z.array(z.string()).default([]),
});

function typeOf(property: Property): string {
  if (property.enum !== undefined) return property.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (property.anyOf !== undefined)
    return property.anyOf
      .map((option) => (option.const === undefined ? (option.type ?? '') : `\`${JSON.stringify(option.const)}\``))
      .join(' or ');
  if (property.const !== undefined) return `\`${JSON.stringify(property.const)}\``;
  return [property.type ?? 'any'].flat().join(' or ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function parametersTable(action: ActionDeclaration): string {
  const { properties, required } = objectSchema.parse(z.toJSONSchema(action.params, { io: 'input' }));
  const rows = Object.entries(properties).map(([name, property]) => {
    const preset = required.includes(name) ? 'required' : property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
    return `| \`${name}\` | ${typeOf(property)} | ${preset} | ${cell(property.description ?? '')} |`;
  });
  if (rows.length === 0) return 'It takes no parameters.\n';
  return ['| parameter | type | default | what |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function resultFields(action: ActionDeclaration): string {
  const { properties } = objectSchema.parse(z.toJSONSchema(action.result, { io: 'output' }));
  return Object.keys(properties)
    .map((name) => `\`${name}\``)
    .join(', ');
}

function section(action: ActionDeclaration): string {
  const words = action.positional.map((entry) => (entry === 'inputs...' ? '<name=value...>' : `<${entry}>`)).join(' ');
  const notes = [
    { none: 'It only reads.', changes: 'What it changes can be changed back.', destructive: 'It cannot be taken back.' }[action.danger],
    ...(action.performanceSafe ? ['Performance-safe: fit for pads, OSC and MIDI.'] : []),
  ];
  return `## ${action.name}

${action.help}. ${notes.join(' ')}

Command line: \`grym ${[action.name, words].filter(Boolean).join(' ')}\`

${parametersTable(action)}
Result: ${resultFields(action)}.
`;
}

/** docs/reference/actions.md, from the declarations. */
export function actionsDocument(): string {
  return `# Actions

Everything a user can ask of the daemon. Each action is declared once, in \`daemon/actions\`, and offered in the same words over the
WebSocket (\`request\`), over HTTP (\`POST /api/actions/<name>\` with \`Authorization: Bearer <token>\`) and on the command line. The schemas,
as JSON Schema: \`GET /api/actions\`. This page is written by \`npm run docs:reference\`.

${ACTIONS.map(section).join('\n')}`;
}
