import { z } from 'zod';
import { wireErrorSchema, type WireError } from '../../../protocol/index.js';
import { GrymError, isGrymError, jsonObjectSchema, type JsonObject } from '../../kernel/index.js';
import { defineStep, type StepOutcome } from '../catalogue/step-definition.js';
import type { PlannedRuns } from '../planned-runs.js';
import { ENDED_RUN_STATES, RUN_STATES, type RunRecord } from '../types.js';
import { documentField, knownFields, knownOf, requestField } from './shared/known-fields.js';
import { optional } from './shared/fields.js';

interface CarryOutServices {
  readonly plannedRuns: PlannedRuns;
}

const SENTENCES = 12;
const SENTENCE_CHARACTERS = 400;

const outputSchema = z.strictObject({
  outcome: z.enum(['done', 'failed']).describe('What became of the plan; that it failed does not fail the step'),
  run: z.string().nullable().describe('Id of the run that carried it out; null where the plan was refused'),
  state: z.enum([...RUN_STATES, 'refused']).describe('State in which that run ended'),
  outputs: jsonObjectSchema.nullable().describe('What the plan handed back'),
  clip: z.string().nullable().describe('Hash of the clip that came of it'),
  summary: z.array(z.string()).describe('What came of it, or what failed, one sentence each'),
  error: z
    .strictObject({ code: z.string().describe('Of the catalogue of errors'), message: z.string().describe('What happened') })
    .nullable()
    .describe('Why it failed; null where it did not'),
});
type Output = z.output<typeof outputSchema>;

const inputSchema = z.strictObject({
  document: documentField,
  request: optional(requestField.describe('What was asked for, in words: what these state counts as said for the plan too')),
  ...knownFields,
  seed: optional(z.int().min(0).describe('Seed of its chance; else that of the run')),
});

/** The run that carries the plan out, or why there is none. */
type Prepared = JsonObject & { readonly runId: string | null; readonly refused: JsonObject | null };

/** What can be wrong with a plan; anything else is wrong with the daemon. */
const REFUSALS = [
  ...['GRYM_WORKFLOW_INVALID', 'GRYM_WORKFLOW_INPUTS', 'GRYM_WORKFLOW_EXPRESSION', 'GRYM_WORKFLOW_VALUE', 'GRYM_WORKFLOW_UNKNOWN'],
  ...['GRYM_CAPABILITY_UNAVAILABLE', 'GRYM_SLOT_INVALID', 'GRYM_SLOTS_FULL'],
] as const;

export default defineStep({
  name: 'carry-out-plan',
  help: 'Carries out a workflow document as a run of its own, and says what became of it',
  version: 1,
  input: inputSchema,
  output: outputSchema,
  capability: null,
  idempotency: 'idempotent',
  cacheable: false,
  plannable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0 }),
  deadlineMs: 10_000,
  prepare: (input, { plannedRuns }: CarryOutServices, { runId, path }): Prepared => {
    const { document, request, seed } = input;
    const known = { ...(request !== null && { prompt: request }), ...knownOf(input) };
    try {
      return { runId: plannedRuns.accept({ runId, path }, { document, known, seed }), refused: null };
    } catch (error) {
      if (isGrymError(error) && REFUSALS.some((code) => code === error.code)) {
        return { runId: null, refused: error.toWire() };
      }
      throw error;
    }
  },
  run: async (_input, { plannedRuns }: CarryOutServices, { prepared }) => {
    const { runId } = prepared;
    if (runId === null) return refused(wireErrorSchema.parse(prepared.refused));
    plannedRuns.begin(runId);
    const run = plannedRuns.get(runId);
    if (!(ENDED_RUN_STATES as readonly string[]).includes(run.state)) return { kind: 'wait', reason: { kind: 'run', runId } };
    // Whoever cancels the run that carries out the plan wants no other plan.
    if (run.state === 'cancelled') throw new GrymError('GRYM_CANCELLED', { what: `run ${runId}, which carried out the plan` });
    return ended(run);
  },
});

const cut = (lines: readonly string[]): string[] => lines.slice(0, SENTENCES).map((line) => line.slice(0, SENTENCE_CHARACTERS));

function errorOf(error: WireError | null): Output['error'] {
  return error === null ? null : { code: error.code, message: error.message };
}

function refused(error: WireError): StepOutcome<Output> {
  const summary = cut([`The plan could not begin: ${error.message}`]);
  return {
    kind: 'done',
    output: { outcome: 'failed', run: null, state: 'refused', outputs: null, clip: null, summary, error: errorOf(error) },
    explanation: summary,
  };
}

function ended({ runId, state, outputs, clipHash, explanation, notes, problem, error }: RunRecord): StepOutcome<Output> {
  if (state === 'failed') {
    const summary = cut([problem?.what ?? error?.message ?? 'It failed.', ...notes]);
    const output: Output = { outcome: 'failed', run: runId, state, outputs: null, clip: null, summary, error: errorOf(error) };
    return { kind: 'done', output, explanation: [`The plan failed (run ${runId}): ${summary[0] ?? ''}`] };
  }
  const summary = cut([...new Set([...explanation, ...notes])]);
  return {
    kind: 'done',
    output: { outcome: 'done', run: runId, state, outputs, clip: clipHash, summary, error: null },
    explanation: [`Carried out by the run ${runId}.`, ...summary],
    ...(state === 'library-only' && { libraryOnly: notes.join('; ') || 'the clip stays in the library' }),
  };
}
