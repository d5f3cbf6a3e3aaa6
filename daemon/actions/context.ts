import { z } from 'zod';
import {
  CONTEXT_CATEGORIES,
  CONTEXT_RANKS,
  MAXIMUM_QUERY_LIMIT,
  TRACE_ORIGINS,
  type ContextField,
  type ContextItem,
  type StepTrace,
} from '../context/index.js';
import { defineAction } from './define-action.js';
import { resolveRun, runParameter } from './run-reference.js';
import { momentSchema, momentToMs } from './moment.js';

const MAXIMUM_PARAMETERS = 500;

const fieldSchema = z.strictObject({
  field: z.string(),
  value: z.unknown(),
  rank: z.enum(CONTEXT_RANKS),
  confidence: z.number(),
  /** Of the step that said it; empty for the request and the host. */
  path: z.string(),
  step: z.string(),
  /** Null where it was said outright. */
  rule: z.string().nullable(),
  atMs: z.number(),
  /** What else was said, best first, with the reason why it does not count. */
  alternatives: z.array(
    z.strictObject({
      value: z.unknown(),
      rank: z.enum(CONTEXT_RANKS),
      confidence: z.number(),
      path: z.string(),
      rule: z.string().nullable(),
      because: z.string(),
    }),
  ),
});

const parameterSchema = z.strictObject({
  /** Of the step. */
  path: z.string(),
  step: z.string(),
  field: z.string(),
  value: z.unknown(),
  /** How it came about; `nothing`: every rule for it was refused or failed. */
  by: z.enum(TRACE_ORIGINS),
  rule: z.string().nullable(),
  confidence: z.number(),
  /** The facts it was made of, and the paths of the steps that said them. */
  sources: z.array(
    z.strictObject({ field: z.string(), value: z.unknown(), rank: z.enum(CONTEXT_RANKS), confidence: z.number(), path: z.string() }),
  ),
  /** Rules that were not taken, the best first; at most 16. */
  lost: z.array(z.strictObject({ value: z.unknown(), rule: z.string().nullable(), because: z.string() })),
  sentence: z.string(),
});
type Parameter = z.output<typeof parameterSchema>;

export const showContextAction = defineAction({
  name: 'show-context',
  help: 'Show the context of a run: every fact with its value, who said it, how sure it is, and the rules that made parameters of it',
  params: z.strictObject({
    run: runParameter,
    scope: z
      .string()
      .max(500)
      .default('')
      .describe('Path of a parallel branch, such as candidates[1], for what that branch sees; without it the run as a whole'),
  }),
  result: z.strictObject({
    runId: z.string(),
    workflow: z.string(),
    scope: z.string(),
    /** Parallel branches that have facts of their own. */
    scopes: z.array(z.string()),
    fields: z.array(fieldSchema),
    /** How the parameters of the steps came about that rules may set, in the order of the graph. */
    parameters: z.array(parameterSchema),
    /** Parameters that are not listed, because there are too many. */
    parametersLeftOut: z.int(),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: ['run', 'scope'],
  handler({ workflow, context }, { run, scope }) {
    const { runId, workflow: name, submittedAtMs } = resolveRun(workflow, run);
    const loaded = context.store.load({ runId, workflow: name, atMs: submittedAtMs });
    const items = loaded.items();
    const parameters = parametersOf(loaded.traces(), items);
    const fields = Object.entries(loaded.view(scope)).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...{ runId, workflow: name, scope },
      scopes: [...new Set(items.map((item) => item.scope))].filter((other) => other !== ''),
      fields: fields.map(([field, entry]) => fieldResult(field, entry)),
      parameters: parameters.slice(0, MAXIMUM_PARAMETERS),
      parametersLeftOut: Math.max(0, parameters.length - MAXIMUM_PARAMETERS),
    };
  },
});

function fieldResult(field: string, { value, rank, confidence, provenance, alternatives }: ContextField): z.output<typeof fieldSchema> {
  const { path, step, rule, atMs } = provenance;
  return {
    ...{ field, value, rank, confidence, path, step, rule, atMs },
    alternatives: alternatives.map((other) => ({
      ...{ value: other.value, rank: other.rank, confidence: other.confidence },
      ...{ path: other.provenance.path, rule: other.provenance.rule, because: other.lostBecause },
    })),
  };
}

/** Of steps without a trace, such as `transform-context`, what their items say. */
function parametersOf(traces: readonly StepTrace[], items: readonly ContextItem[]): Parameter[] {
  const traced = new Set(traces.map(({ path }) => path));
  const positions = new Map<Parameter, string>();
  for (const { path, step, position, parameters } of traces) {
    for (const { sources, lost, ...said } of parameters) {
      positions.set({ path, step, ...said, sources: [...sources], lost: [...lost] }, position);
    }
  }
  for (const { path, step, position, field, value, rule, confidence, text } of items) {
    if (rule === null || traced.has(path)) continue;
    positions.set({ path, step, field, value, by: 'rule', rule, confidence, sources: [], lost: [], sentence: text }, position);
  }
  return [...positions].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([parameter]) => parameter);
}

const itemSchema = z.object({
  runId: z.string(),
  workflow: z.string(),
  path: z.string(),
  scope: z.string(),
  category: z.enum(CONTEXT_CATEGORIES),
  field: z.string(),
  value: z.unknown(),
  rank: z.enum(CONTEXT_RANKS),
  confidence: z.number(),
  tags: z.array(z.string()),
  priority: z.int(),
  text: z.string(),
  rule: z.string().nullable(),
  atMs: z.number(),
});

export const queryContextAction = defineAction({
  name: 'query-context',
  help: 'Find facts in the contexts of all runs',
  params: z.strictObject({
    text: z.string().min(1).max(1_000).optional().describe('Words that must all occur in the text of the fact, or in its value'),
    run: runParameter.optional().describe('Only facts of this run: its id, the last characters of it, or "last"'),
    workflow: z.string().min(1).max(200).optional().describe('Only facts of runs of this workflow').meta({ valuesFrom: 'workflows' }),
    field: z.string().min(1).max(200).optional().describe('Only this field, such as tempoBpm, key or energy'),
    category: z.enum(CONTEXT_CATEGORIES).optional().describe('Only facts of this kind'),
    rank: z.enum(CONTEXT_RANKS).optional().describe('Only what was said by the request, the host, an analysis …'),
    tag: z.string().min(1).max(200).optional().describe('Only facts with this tag'),
    since: momentSchema.optional().describe('Not older: 90m, 2h or 3d ago, a date such as 2026-05-01, or a date and time'),
    until: momentSchema.optional().describe('Not newer; written as since'),
    priorityAtLeast: z.int().min(-100).max(100).optional().describe('Only facts of this importance or higher; 0 is ordinary'),
    order: z.enum(['newest', 'priority']).default('newest').describe('The latest first, or the most important'),
    limit: z.int().min(1).max(MAXIMUM_QUERY_LIMIT).default(50).describe('At most so many'),
    cursor: z.string().min(1).max(60).optional().describe('nextCursor of the answer before, for the page behind it'),
  }),
  result: z.strictObject({ items: z.array(itemSchema), nextCursor: z.string().nullable() }),
  danger: 'none',
  performanceSafe: false,
  positional: ['text...'],
  async handler({ workflow, context }, { run, since, until, ...query }) {
    const nowMs = Date.now();
    const page = await context.store.query({
      ...query,
      runId: run === undefined ? undefined : resolveRun(workflow, run).runId,
      fromMs: since === undefined ? undefined : momentToMs(since, nowMs),
      toMs: until === undefined ? undefined : momentToMs(until, nowMs),
    });
    return { items: page.items.map((item) => ({ ...item, tags: [...item.tags] })), nextCursor: page.nextCursor };
  },
});

export const listContextRulesAction = defineAction({
  name: 'list-context-rules',
  help: 'List the rules that make parameters of facts, and the mistakes in your own rule files',
  params: z.strictObject({}),
  result: z.strictObject({
    rules: z.array(
      z.object({
        name: z.string(),
        help: z.string(),
        origin: z.enum(['built-in', 'user', 'registered']),
        /** Capability of the steps whose facts it takes. */
        from: z.string(),
        /** Capability of the steps whose parameters it sets. */
        to: z.string(),
        reads: z.array(z.string()),
        sets: z.array(z.string()),
        priority: z.number(),
        confidence: z.number(),
        /** How often it has set a field since the daemon started. */
        hits: z.int(),
      }),
    ),
    mistakes: z.array(z.string()),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ context }) {
    context.rules.refresh();
    return {
      rules: context.transformer.rules().map((rule) => ({ ...rule, reads: [...rule.reads], sets: [...rule.sets] })),
      mistakes: context.rules.mistakes.map(({ message }) => message),
    };
  },
});
