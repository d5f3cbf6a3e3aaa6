import { createHash } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { canonicalJson, cancelledError, GrymError, jsonValueSchema, type JsonValue } from '../../../../daemon/kernel/index.js';
import { defineStep, type AnyStepDefinition, type CostEstimate } from '../../../../daemon/workflow/catalogue/index.js';
import type { CampaignGround } from './campaign-ground.js';

const WORK: CostEstimate = { threads: 1, memoryBytes: 0, seconds: 0.001 };
/** Of a step that only waits. */
const NOTHING: CostEstimate = { threads: 0, memoryBytes: 0, seconds: 0 };
const DEADLINE_MS = 30_000;
/** Longer than any campaign: what is to be cancelled must not end by itself before someone comes to it. */
const LONGEST_PAUSE_MS = 86_400_000;
const BYTES_IN_MEGABYTE = 1_048_576;

const digestOf = (value: JsonValue): string => createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);

/** Even over 0 … 1, a function of the value. */
const numberOf = (value: JsonValue): number => createHash('sha256').update(canonicalJson(value)).digest().readUInt32BE(0) / 2 ** 32;

const hashed = z.strictObject({
  digest: z.string().describe('SHA-256 of the input, shortened'),
  number: z.number().describe('0 … 1, even, a function of the input'),
});

export const FAILURE_KINDS = ['transient', 'timeout', 'resource', 'invalid-input', 'model-fault', 'fatal'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

function failure(kind: FailureKind, step: string): GrymError {
  const reason = 'it was asked to fail';
  switch (kind) {
    case 'transient':
      return new GrymError('GRYM_STEP_UNREACHABLE', { step, reason });
    case 'timeout':
      return new GrymError('GRYM_DEADLINE_EXCEEDED', { what: `the step "${step}"`, milliseconds: 1 });
    case 'resource':
      return new GrymError('GRYM_STEP_STARVED', { step, reason });
    case 'invalid-input':
      return new GrymError('GRYM_STEP_INPUT_INVALID', { step, problems: reason });
    case 'model-fault':
      return new GrymError('GRYM_STEP_OUTPUT_INVALID', { step, problems: reason });
    case 'fatal':
      return new GrymError('GRYM_INTERNAL', { reason });
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (error) {
    throw cancelledError(signal, 'waiting', error);
  }
}

const contextItem = z.strictObject({
  field: z.string().describe('Field of the audio context'),
  value: jsonValueSchema.describe('Its value'),
  rank: z.enum(['request', 'host', 'analysis', 'preference', 'default']).default('analysis').describe('Whose word it is'),
  confidence: z.number().min(0).max(1).default(1).describe('How sure'),
});

/** Every campaign step, leaving its marks on `ground`. */
export function campaignSteps(ground: CampaignGround): AnyStepDefinition[] {
  const marks = (step: string): Marks => ({
    mark: (io) => ground.executed({ key: io.idempotencyKey, runId: io.runId, path: io.path, step, attempt: io.attempt }),
    commit: (_output, _services, io) => ground.committed({ key: io.idempotencyKey, runId: io.runId, path: io.path }),
  });
  const common = { capability: null, version: 1, deadlineMs: DEADLINE_MS, cost: () => WORK } as const;
  return [
    noOp(common, marks('no-op')),
    ...[hash(common, marks('hash'), 'hash', false), hash(common, marks('hash-cached'), 'hash-cached', true)],
    slow(common, marks('slow')),
    fail(common, marks('fail')),
    allocate(common, marks('allocate')),
    writeFile(common, marks('write-file'), ground.folder),
    ask(common, marks('ask')),
    state(common, marks('state')),
  ];
}

interface Common {
  readonly capability: null;
  readonly version: 1;
  readonly deadlineMs: number;
  readonly cost: () => CostEstimate;
}
interface Marks {
  readonly mark: (io: { idempotencyKey: string; runId: string; path: string; attempt: number }) => void;
  readonly commit: (output: unknown, services: unknown, io: { idempotencyKey: string; runId: string; path: string }) => void;
}

function noOp(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    name: 'no-op',
    help: 'Does nothing.',
    input: z.strictObject({}),
    output: z.strictObject({}),
    idempotency: 'pure',
    cacheable: false,
    run: async (_input, _services, io) => {
      mark(io);
      return { kind: 'done', output: {} };
    },
    commit,
  });
}

function hash(common: Common, { mark, commit }: Marks, name: string, cacheable: boolean): AnyStepDefinition {
  return defineStep({
    ...common,
    name,
    help: cacheable ? 'Hash of its input, from the cache where it was computed before.' : 'Hash of its input.',
    input: z.strictObject({ value: jsonValueSchema.describe('Anything') }),
    output: hashed,
    idempotency: 'pure',
    cacheable,
    run: async ({ value }, _services, io) => {
      mark(io);
      const output = { digest: digestOf(value), number: numberOf(value) };
      const item = {
        category: 'task-history',
        field: 'digest',
        value: output.digest,
        rank: 'analysis',
        text: `digest ${output.digest}`,
      } as const;
      return { kind: 'done', output, items: [item], explanation: [`The digest is ${output.digest}.`] };
    },
    commit,
  });
}

function slow(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    cost: () => NOTHING,
    deadlineMs: LONGEST_PAUSE_MS,
    name: 'slow',
    help: 'Waits, then gives the hash of its input.',
    input: z.strictObject({
      milliseconds: z.number().min(0).max(LONGEST_PAUSE_MS).describe('How long'),
      lingers: z.number().min(0).max(1_000).default(0).describe('So many milliseconds pass until it stops when it is told to'),
      value: jsonValueSchema.describe('Anything'),
    }),
    output: hashed,
    idempotency: 'pure',
    cacheable: false,
    run: async ({ milliseconds, lingers, value }, _services, io) => {
      mark(io);
      io.progress(0, 'waiting');
      try {
        await pause(milliseconds, io.signal);
      } catch (error) {
        if (lingers > 0) await wait(lingers);
        throw error;
      }
      io.progress(1, 'waited');
      return { kind: 'done', output: { digest: digestOf(value), number: numberOf(value) } };
    },
    commit,
  });
}

function fail(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    name: 'fail',
    help: 'Fails at its first starts, then gives the hash of its input.',
    input: z.strictObject({
      kind: z.enum(FAILURE_KINDS).describe('Kind of the error'),
      times: z.int().min(0).describe('So many starts fail'),
      value: jsonValueSchema.describe('Anything'),
    }),
    output: hashed,
    idempotency: 'pure',
    cacheable: false,
    run: async ({ kind, times, value }, _services, io) => {
      mark(io);
      if (io.attempt <= times) throw failure(kind, 'fail');
      return { kind: 'done', output: { digest: digestOf(value), number: numberOf(value) } };
    },
    commit,
  });
}

function allocate(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    name: 'allocate',
    help: 'Fills memory with bytes of a seed and hashes them; its lease is for that memory.',
    input: z.strictObject({
      megabytes: z.number().min(0).max(256).describe('How much'),
      value: jsonValueSchema.describe('Anything'),
    }),
    output: hashed,
    idempotency: 'pure',
    cacheable: false,
    cost: ({ megabytes }) => ({ threads: 1, memoryBytes: megabytes * BYTES_IN_MEGABYTE, seconds: 0.01 }),
    run: async ({ megabytes, value }, _services, io) => {
      mark(io);
      const bytes = Buffer.alloc(Math.round(megabytes * BYTES_IN_MEGABYTE), digestOf(value));
      const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      return { kind: 'done', output: { digest, number: numberOf(digest) } };
    },
    commit,
  });
}

function writeFile(common: Common, { mark, commit }: Marks, folder: string): AnyStepDefinition {
  return defineStep({
    ...common,
    name: 'write-file',
    help: 'Writes a file that is named by its content.',
    input: z.strictObject({ value: jsonValueSchema.describe('What to write') }),
    output: z.strictObject({ file: z.string().describe('Name of the file'), digest: z.string().describe('Of what is in it') }),
    idempotency: 'idempotent',
    cacheable: false,
    run: async ({ value }, _services, io) => {
      mark(io);
      const digest = digestOf(value);
      const file = join(folder, `${digest}.json`);
      if (!existsSync(file)) {
        const unfinished = `${file}.${io.attempt}.tmp`;
        writeFileSync(unfinished, canonicalJson(value));
        renameSync(unfinished, file);
      }
      return { kind: 'done', output: { file: `${digest}.json`, digest } };
    },
    commit,
  });
}

function ask(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    cost: () => NOTHING,
    name: 'ask',
    help: 'Asks a person to choose.',
    input: z.strictObject({
      question: z.string().describe('The question'),
      options: z.array(z.string()).min(1).describe('Ids to choose from'),
    }),
    output: z.strictObject({ choice: z.string().describe('The id that was chosen') }),
    idempotency: 'pure',
    cacheable: false,
    answer: (_input, [choice = '']) => ({ choice }),
    run: async ({ question, options }, _services, io) => {
      mark(io);
      const offered = options.map((id) => ({ id, label: `choose ${id}`, clip: null }));
      return { kind: 'wait', reason: { kind: 'decision', question, options: offered, multiple: false } };
    },
    commit,
  });
}

function state(common: Common, { mark, commit }: Marks): AnyStepDefinition {
  return defineStep({
    ...common,
    name: 'state',
    help: 'States facts for the context.',
    input: z.strictObject({ facts: z.array(contextItem).max(50).describe('The facts') }),
    output: z.strictObject({ count: z.int().describe('How many') }),
    idempotency: 'pure',
    cacheable: false,
    run: async ({ facts }, _services, io) => {
      mark(io);
      const items = facts.map((fact) => ({ ...fact, category: 'audio-parameters', text: `${fact.field} stated` }) as const);
      return { kind: 'done', output: { count: facts.length }, items };
    },
    commit,
  });
}
