import { z } from 'zod';
import type { JsonObject } from '../../../../../daemon/kernel/index.js';
import { catalogueFacts, type CatalogueFacts, type StepFacts } from '../../../../../daemon/workflow/definition/index.js';

function step(name: string, capability: string | null, input: z.ZodObject, output: z.ZodType): StepFacts {
  const schema = (type: z.ZodType, io: 'input' | 'output'): JsonObject => z.toJSONSchema(type, { io }) as JsonObject;
  return { name, help: `Step ${name} of the tests`, capability, input: schema(input, 'input'), output: schema(output, 'output') };
}

/** Steps with few parameters, so that tests can name all that is known. */
export const STEPS: readonly StepFacts[] = [
  step(
    'record',
    'capture.audio',
    z.strictObject({ bridge: z.string().min(1), bars: z.int().min(1).max(64).default(4), mode: z.enum(['refuse', 'take']).optional() }),
    z.strictObject({ clip: z.string(), tempoBpm: z.number(), key: z.string().nullable() }),
  ),
  step(
    'make',
    'generate.audio.from-text',
    z.strictObject({
      prompt: z.string().min(1),
      seed: z.int(),
      terms: z.array(z.string()).optional(),
      weights: z.strictObject({ tempo: z.number().min(0).max(1).optional(), key: z.number().optional() }).optional(),
    }),
    z.strictObject({ clip: z.string(), words: z.array(z.string()), facts: z.strictObject({ bars: z.int(), loop: z.boolean() }) }),
  ),
  step('judge', null, z.strictObject({ clips: z.array(z.string()).min(1) }), z.strictObject({ best: z.string(), score: z.number() })),
  step('note', null, z.strictObject({ text: z.string().optional() }), z.strictObject({})),
];

export function factsWith(workflows: Readonly<Record<string, string>> = {}): CatalogueFacts {
  return catalogueFacts(STEPS, new Map(Object.entries(workflows).map(([name, text]) => [name, { text, fileName: `${name}.yaml` }])));
}

/** A document around steps: the steps begin in line 5. */
export const withSteps = (steps: string, rest = ''): string => `workflow: test\nversion: 1\ntitle: Test\nsteps:\n${steps}\n${rest}`;
