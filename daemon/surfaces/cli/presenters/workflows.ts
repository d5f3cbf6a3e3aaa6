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
  return `${name} ${minimum ?? '…'} to ${maximum ?? '…'}`;
}

export function presentSteps(result: unknown): string {
  const { steps, missing } = z
    .object({
      steps: z.array(
        z.object({
          name: z.string(),
          help: z.string(),
          capability: z.string().nullable(),
          providers: z.array(z.string()),
          available: z.boolean(),
        }),
      ),
      missing: z.array(z.object({ capability: z.string(), needs: z.string() })),
    })
    .parse(result);
  const rows = steps.map(({ name, capability, providers, available, help }) => [
    name,
    capability ?? '-',
    capability === null ? '-' : available ? providers.join(', ') : 'not there',
    help,
  ]);
  const absent = missing.map(({ capability, needs }) => `  ${capability}: ${needs}\n`).join('');
  return table(['STEP', 'CAPABILITY', 'PROVIDERS', 'WHAT IT DOES'], rows) + (absent === '' ? '' : `\nNot there today:\n${absent}`);
}
