import { z } from 'zod';
import type { InputDeclaration, WorkflowSummary } from '../workflow/index.js';
import { defineAction } from './define-action.js';
import { libraryWorkflow } from './run-workflow.js';

const summarySchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  help: z.string(),
  origin: z.enum(['built-in', 'user']),
  fileName: z.string(),
  /** Null where it can be run now; otherwise why not, and what would help. */
  problem: z.string().nullable(),
});

const inputSchema = z.strictObject({
  name: z.string(),
  type: z.string(),
  /** Of a list: what each entry is. */
  of: z.string().nullable(),
  help: z.string(),
  required: z.boolean(),
  default: z.unknown(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  options: z.array(z.string()),
});

function summary({ name, title, help, origin, fileName, problem }: WorkflowSummary): z.output<typeof summarySchema> {
  return { name, title, help, origin, fileName, problem };
}

function inputOf(name: string, declaration: InputDeclaration): z.output<typeof inputSchema> {
  const { type, of, help, optional, minimum, maximum, options } = declaration;
  return {
    ...{ name, type, help },
    of: of ?? null,
    required: declaration.default === undefined && !optional,
    default: declaration.default ?? null,
    minimum: minimum ?? null,
    maximum: maximum ?? null,
    options: [...(options ?? [])],
  };
}

export const listWorkflowsAction = defineAction({
  name: 'list-workflows',
  help: 'List the workflows of the library, with what is missing where one cannot be run now',
  params: z.strictObject({
    reload: z.boolean().default(false).describe('Read the folder of your own workflows again first'),
  }),
  result: z.strictObject({ workflows: z.array(summarySchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ workflow }, { reload }) {
    if (reload) workflow.reloadWorkflows();
    return { workflows: workflow.workflows().map(summary) };
  },
});

export const showWorkflowAction = defineAction({
  name: 'show-workflow',
  help: 'Show a workflow: what it does, what it asks for, whether it can be run now',
  params: z.strictObject({
    workflow: z.string().min(1).max(100).describe('Name of a workflow of the library').meta({ valuesFrom: 'workflows' }),
  }),
  result: summarySchema.extend({ inputs: z.array(inputSchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: ['workflow'],
  handler(services, { workflow }) {
    const found = libraryWorkflow(services, workflow);
    return { ...summary(found), inputs: Object.entries(found.inputs).map(([name, declaration]) => inputOf(name, declaration)) };
  },
});
