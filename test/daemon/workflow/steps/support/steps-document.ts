import { z } from 'zod';
import { KNOWN_CAPABILITIES, type AnyStepDefinition } from '../../../../../daemon/workflow/catalogue/index.js';

interface Property {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Property[];
  readonly items?: Property;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

/** Beyond these zod only says that a number is a safe integer. */
const FAR = Number.MAX_SAFE_INTEGER;

function rangeOf({ minimum = -FAR, maximum = FAR }: Property): string {
  if (minimum > -FAR && maximum < FAR) return ` ${minimum} … ${maximum}`;
  if (minimum > -FAR) return ` ≥ ${minimum}`;
  return maximum < FAR ? ` ≤ ${maximum}` : '';
}

function typeOf(property: Property): string {
  if (property.enum !== undefined) return property.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (property.const !== undefined) return `\`${JSON.stringify(property.const)}\``;
  if (property.anyOf !== undefined) return property.anyOf.map(typeOf).join(' or ');
  if (Array.isArray(property.type)) return property.type.map((type) => typeOf({ ...property, type: type as string })).join(' or ');
  if (property.type === 'array') return `list of ${typeOf(property.items ?? {})}`;
  if (property.type === 'string') return 'text';
  if (property.type === 'null') return 'null';
  return `${String(property.type ?? 'any value')}${rangeOf(property)}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const orNull = (text: string): string => text.replace(/ or null$/, '');

function inputTable(step: AnyStepDefinition): string {
  const { properties = {}, required = [] } = z.toJSONSchema(step.input, { io: 'input', unrepresentable: 'any' }) as Property;
  const rows = Object.entries(properties).map(([name, property]) => {
    const preset = required.includes(name)
      ? 'required'
      : property.default === null || property.default === undefined
        ? ''
        : `\`${JSON.stringify(property.default)}\``;
    return `| \`${name}\` | ${cell(orNull(typeOf(property)))} | ${preset} | ${cell(property.description ?? '')} |`;
  });
  return rows.length === 0
    ? 'It takes no parameters.\n'
    : ['| parameter | type | default | what |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function outputTable(step: AnyStepDefinition): string {
  const { properties = {} } = z.toJSONSchema(step.output, { io: 'output', unrepresentable: 'any' }) as Property;
  const rows = Object.entries(properties).map(
    ([name, property]) => `| \`${name}\` | ${cell(typeOf(property))} | ${cell(property.description ?? '')} |`,
  );
  return rows.length === 0 ? '' : ['| output | type | what |', '|---|---|---|', ...rows, ''].join('\n');
}

const IDEMPOTENCY = {
  pure: 'Its result is a function of its parameters',
  idempotent: 'Doing it again leads to the same state',
  keyed: 'Each start shows outside, with the same key',
} as const;

function section(step: AnyStepDefinition): string {
  const capability =
    step.capability === null
      ? 'It needs nothing but the daemon.'
      : `Capability: \`${step.capability}\` (${KNOWN_CAPABILITIES[step.capability] ?? ''}).`;
  return `## ${step.name}

${step.help}. ${IDEMPOTENCY[step.idempotency]}${step.cacheable ? ', and is served from the cache' : ''}. ${capability} Longest attempt: ${step.deadlineMs / 1_000} s.

${inputTable(step)}
${outputTable(step)}`;
}

/** docs/reference/steps.md, from the catalogue. */
export function stepsDocument(steps: readonly AnyStepDefinition[]): string {
  return `# Steps

What a workflow can do: \`use:\` names a step, \`with:\` gives its parameters, and expressions see its outputs as \`steps.<id>.<output>\`. A parameter that
is left out, or null where it has no default, may be filled from the run's context (docs/guides/context-rules.md). Clips are named by their hash. This page is
written from the definitions in \`daemon/workflow/steps\` by \`npm run docs:reference\`.

${steps.map(section).join('\n')}`;
}
