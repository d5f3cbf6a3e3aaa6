// Which facts of a request a plan got right.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonObjectSchema } from '../../../daemon/kernel/index.js';
import type { Plan } from '../../../daemon/models/plan.js';

export const FACTS = ['steps', 'tempoBpm', 'key', 'metre', 'bars', 'instrument'] as const;
export type Fact = (typeof FACTS)[number];

const requestSchema = z.strictObject({
  request: z.string(),
  known: jsonObjectSchema,
  expected: z.strictObject({
    steps: z.array(z.string()),
    tempoBpm: z.number().nullable(),
    key: z.string().nullable(),
    metre: z.string().nullable(),
    bars: z.number().nullable(),
    /** Any of these is right. */
    instrument: z.array(z.string().nullable()),
  }),
});
const fileSchema = z.strictObject({ about: z.string(), heldOutFrom: z.int(), requests: z.array(requestSchema) });
export type BenchRequest = z.infer<typeof requestSchema>;

export function readRequests(path: URL): z.infer<typeof fileSchema> {
  return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** What is done, whichever workflow or step does it. What only serves another step (taking, measuring, delivering) does not count. */
const DEEDS: Readonly<Record<string, string>> = {
  generate: 'generate',
  'vary-what-i-played': 'vary',
  vary: 'vary',
  'fill-the-gap': 'continue',
  continue: 'continue',
  'answer-phrase': 'answer',
  'clean-up-and-fit': 'fit',
  fit: 'fit',
  'transcribe-and-tag-the-library': 'tag-library',
  transcribe: 'transcribe',
  tag: 'tag',
  export: 'export',
};

const documentSchema = z.looseObject({
  steps: z.array(z.looseObject({ use: z.string().optional(), workflow: z.string().optional() })),
});

function deedsOf(document: string): string[] {
  const { steps } = documentSchema.parse(parse(document));
  return steps.flatMap(({ use, workflow }) => DEEDS[use ?? workflow ?? ''] ?? []);
}

/** Of each fact whether it is right; a document that does not compile has no right steps. A fact that is not said must be null. */
export function scoreOf({ expected }: BenchRequest, plan: Plan, mistakes: readonly string[]): Record<Fact, boolean> {
  const { tempoBpm, key, metre, bars, instrument } = plan.facts;
  return {
    steps: mistakes.length === 0 && JSON.stringify(deedsOf(plan.document)) === JSON.stringify(expected.steps),
    tempoBpm: tempoBpm === expected.tempoBpm,
    key: key === expected.key,
    metre: metre === expected.metre,
    bars: bars === expected.bars,
    instrument: expected.instrument.includes(instrument),
  };
}

/** Whether the request says the fact at all: what is left unsaid is easier to get right. */
export function isSaid({ expected }: BenchRequest, fact: Fact): boolean {
  return fact === 'steps' || (fact === 'instrument' ? !expected.instrument.includes(null) : expected[fact] !== null);
}

export interface Tally {
  right: number;
  asked: number;
  saidRight: number;
  said: number;
}

export const share = (right: number, of: number): number => (of === 0 ? 1 : right / of);
