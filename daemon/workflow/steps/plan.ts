import { z } from 'zod';
import { jsonObjectSchema, type JsonObject } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { barsField, clipField, keyField, optional, tempoField } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'plan',
  help: 'Finds the workflow that does what a request in words asks for, and fills its inputs',
  version: 1,
  input: z.strictObject({
    request: z.string().trim().min(1).max(10_000).describe('What is wanted, in words'),
    bridge: optional(z.string().min(1).max(200).describe('Bridge that it is about')),
    slot: optional(z.int().min(0).max(15).describe('Slot that the result is for')),
    clip: optional(clipField.describe('Clip that it is about')),
    tempoBpm: optional(tempoField),
    key: optional(keyField),
    bars: optional(barsField),
  }),
  output: z.strictObject({
    workflow: z.string().describe('Name of the workflow of the library'),
    inputs: jsonObjectSchema.describe('Its inputs'),
    document: z.string().describe('A workflow document that does it, in the format of the library (YAML)'),
    provider: z.string().describe('What planned it; "templates" is built in, without a model'),
    reasons: z.array(z.string()).describe('Why so, one sentence each'),
  }),
  capability: 'plan.workflow',
  idempotency: 'idempotent',
  // The library of workflows is not part of the input.
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.01 }),
  deadlineMs: 60_000,
  run: async ({ request, ...known }, services: AudioStepServices, io) => {
    const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)) as JsonObject;
    const plan = await services.planner.plan({ request, known: given, workflows: services.plannable(), steps: [], check: () => [], earlier: [] }, { signal: io.signal });
    const { inputs, document, reasons, provider } = plan;
    const workflow = plan.workflow ?? 'planned';
    return {
      kind: 'done',
      output: { workflow, inputs, document, provider, reasons: [...reasons] },
      items: [{ category: 'prompt', field: 'prompt', value: request, rank: 'request', tags: ['plan'], text: request }],
      explanation: [...reasons],
    };
  },
});
