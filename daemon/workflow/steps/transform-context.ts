import { z } from 'zod';
import { jsonObjectSchema, jsonValueSchema } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import type { AudioStepServices } from './shared/services.js';

/** Path of the block that a step stands in; the context's scopes are among these. */
const surroundingsOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export default defineStep({
  name: 'transform-context',
  help: "Shows what the context's rules make of what is known, as parameters for a capability",
  version: 1,
  input: z.strictObject({
    to: z
      .string()
      .regex(/^[a-z][a-z.-]*$/)
      .max(100)
      .describe('Capability that the parameters are for, such as generate.audio.from-text'),
    params: jsonObjectSchema.default({}).describe('What is set already; the rules leave it as it is'),
  }),
  output: z.strictObject({
    params: jsonObjectSchema.describe('What was set, and what the rules filled in'),
    trace: z
      .array(
        z.strictObject({
          field: z.string().describe('Name of the parameter'),
          value: jsonValueSchema.describe('Its value'),
          by: z.string().describe('explicit, stated, rule or nothing'),
          rule: z.string().nullable().describe('Name of the rule; null where none was needed'),
          confidence: z.number().describe('How sure it is, 0 … 1'),
          sentence: z.string().describe('Why it is so'),
        }),
      )
      .describe('Why each parameter is as it is'),
  }),
  capability: null,
  idempotency: 'idempotent',
  // What is known of the run is not part of the input.
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.01 }),
  deadlineMs: 10_000,
  run: async ({ to, params }, services: AudioStepServices, io) => {
    const { params: filled, trace, items } = services.contextOf(io.runId).transform(surroundingsOf(io.path), to, params);
    const shown = trace.map(({ field, value, by, rule, confidence, sentence }) => ({ field, value, by, rule, confidence, sentence }));
    return {
      kind: 'done',
      output: { params: { ...filled, ...params }, trace: shown },
      items,
      explanation: shown.map(({ sentence }) => sentence),
    };
  },
});
