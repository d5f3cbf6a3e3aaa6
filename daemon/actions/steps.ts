import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import type { AnyStepDefinition, CapabilityRegistry } from '../workflow/index.js';
import { defineAction } from './define-action.js';
import { suggestion } from './did-you-mean.js';

const stepSchema = z.strictObject({
  name: z.string(),
  help: z.string(),
  /** Null where nothing but the daemon is needed. */
  capability: z.string().nullable(),
  /** Who provides it now, the preferred one first. */
  providers: z.array(z.string()),
  available: z.boolean(),
  /** Whether a result for the same input is used again. */
  cacheable: z.boolean(),
  /** JSON Schema of what a workflow writes under `with:`; only where one step was asked for. */
  input: z.unknown().optional(),
  /** JSON Schema of its result; only where one step was asked for. */
  output: z.unknown().optional(),
});

export const listStepsAction = defineAction({
  name: 'list-steps',
  help: 'List the steps that workflows are made of, and what is not there today',
  params: z.strictObject({
    step: z.string().min(1).max(100).optional().describe('Only this step, with all that it takes and gives').meta({ valuesFrom: 'steps' }),
  }),
  result: z.strictObject({
    steps: z.array(stepSchema),
    /** Capabilities that nothing provides now, and what would. */
    missing: z.array(z.strictObject({ capability: z.string(), needs: z.string() })),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: ['step'],
  handler({ steps, capabilities }, { step }) {
    const wanted = steps.steps.filter(({ name }) => step === undefined || name === step);
    if (wanted.length === 0) {
      const names = steps.steps.map(({ name }) => name);
      const problems = `there is no step "${String(step)}".${suggestion(String(step), names)} Known steps: ${names.join(', ')}.`;
      throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'list-steps', problems });
    }
    const missing = capabilities.list().filter(({ providers }) => providers.length === 0);
    const facts = steps.facts.find(({ name }) => name === step);
    const schemas = facts === undefined ? {} : { input: facts.input, output: facts.output };
    return {
      steps: wanted.map((definition) => ({ ...stepResult(definition, capabilities), ...schemas })),
      missing: step === undefined ? missing.map(({ capability, by }) => ({ capability, needs: by })) : [],
    };
  },
});

function stepResult(
  { name, help, capability, cacheable }: AnyStepDefinition,
  capabilities: CapabilityRegistry,
): z.output<typeof stepSchema> {
  const providers = capability === null ? [] : capabilities.providers(capability).map(({ provider }) => provider);
  return { name, help, capability, providers, available: capability === null || providers.length > 0, cacheable };
}
