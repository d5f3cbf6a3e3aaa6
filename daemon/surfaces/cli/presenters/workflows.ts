import { z } from 'zod';
import { facts, table } from '../table.js';
import { shortened, valueText } from './format.js';

const workflowView = z.object({
  name: z.string(),
  title: z.string(),
  help: z.string(),
  origin: z.string(),
  fileName: z.string(),
  problem: z.string().nullable(),
});

export function presentWorkflows(result: unknown): string {
  const { workflows } = z.object({ workflows: z.array(workflowView) }).parse(result);
  const rows = workflows.map(({ name, origin, problem, help }) => [
    name,
    origin,
    problem === null ? 'ready' : 'not now',
    shortened(help, 90),
  ]);
  const troubles = workflows.flatMap(({ name, problem }) => (problem === null ? [] : [`\n${name}: ${problem}\n`]));
  return table(['WORKFLOW', 'FROM', 'STATE', 'WHAT IT DOES'], rows) + troubles.join('');
}

const inputView = z.object({
  name: z.string(),
  type: z.string(),
  of: z.string().nullable(),
  help: z.string(),
  required: z.boolean(),
  default: z.unknown(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  options: z.array(z.string()),
});

export function presentWorkflow(result: unknown): string {
  const { name, title, help, origin, fileName, problem, inputs } = workflowView.extend({ inputs: z.array(inputView) }).parse(result);
  const lines: [string, string][] = [
    ['workflow', `${title} (${name})`],
    ['what', help],
    ['from', `${origin}, ${fileName}`],
    ['state', problem ?? 'ready'],
  ];
  const rows = inputs.map((input) => [input.name, typeText(input), input.required ? 'required' : valueText(input.default), input.help]);
  const required = inputs.filter((input) => input.required).map((input) => ` ${input.name}=…`);
  const run = problem === null ? `\nRun it: grym run-workflow ${name}${required.join('')}\n` : '';
  return `${facts(lines)}\n${inputs.length === 0 ? 'It takes no inputs.\n' : table(['INPUT', 'TYPE', 'DEFAULT', 'WHAT'], rows)}${run}`;
}

function typeText({ type, of, minimum, maximum, options }: z.infer<typeof inputView>): string {
  if (options.length > 0) return options.join(' | ');
  const name = of === null ? type : `${type} of ${of}`;
  if (minimum === null && maximum === null) return name;
  const unit = type === 'text' ? ' characters' : type === 'list' ? ' entries' : '';
  if (maximum === null) return `${name}, at least ${minimum ?? 0}${unit}`;
  return minimum === null ? `${name}, at most ${maximum}${unit}` : `${name}, ${minimum} to ${maximum}${unit}`;
}

const schemaView = z.object({
  properties: z
    .record(z.string(), z.object({ type: z.unknown().optional(), description: z.string().default(''), default: z.unknown().optional() }))
    .default({}),
  required: z.array(z.string()).default([]),
});
const stepView = z.object({
  name: z.string(),
  help: z.string(),
  capability: z.string().nullable(),
  providers: z.array(z.string()),
  available: z.boolean(),
  input: schemaView.optional(),
  output: schemaView.optional().catch(undefined),
});
type StepView = z.infer<typeof stepView>;

export function presentSteps(result: unknown): string {
  const { steps, missing } = z
    .object({ steps: z.array(stepView), missing: z.array(z.object({ capability: z.string(), needs: z.string() })) })
    .parse(result);
  const [only] = steps;
  if (steps.length === 1 && only?.input !== undefined) return oneStep(only);
  const rows = steps.map((step) => [step.name, step.capability ?? '-', providersText(step), step.help]);
  const absent = missing.map(({ capability, needs }) => `  ${capability}: ${needs}\n`).join('');
  return table(['STEP', 'CAPABILITY', 'PROVIDERS', 'WHAT IT DOES'], rows) + (absent === '' ? '' : `\nNot there today:\n${absent}`);
}

function providersText({ capability, available, providers }: StepView): string {
  if (capability === null) return '-';
  return available ? providers.join(', ') : 'not there';
}

function oneStep(step: StepView): string {
  const { name, help, capability, input, output } = step;
  const lines: [string, string][] = [
    ['step', name],
    ['what', help],
    ['capability', capability === null ? '-' : `${capability}: ${providersText(step)}`],
  ];
  return `${facts(lines)}${fieldsOf('TAKES', input, true)}${fieldsOf('GIVES', output, false)}`;
}

function fieldsOf(title: string, schema: z.infer<typeof schemaView> | undefined, isInput: boolean): string {
  const entries = Object.entries(schema?.properties ?? {});
  if (entries.length === 0) return '';
  const preset = (field: string, value: unknown): string => (schema?.required.includes(field) === true ? 'required' : valueText(value, 30));
  const rows = entries.map(([field, { description, default: value }]) =>
    isInput ? [field, preset(field, value), description] : [field, description],
  );
  return `\n${table(isInput ? [title, 'DEFAULT', 'WHAT'] : [title, 'WHAT'], rows)}`;
}
