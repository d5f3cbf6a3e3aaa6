// npm run bench:context [-- --items N --rounds R --json]
// Cost of writing, reading and querying context items while their number grows, beside a bare durable commit of the same database
// and a bare computation, all of them in turn. Where these alone take longer than a bar, the machine is too busy for a verdict.
// Ends with exit code 1 unless all bars are held.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createContext,
  type ContextQuery,
  type ContextStore,
  type NewContextItem,
  type RunContext,
} from '../../../daemon/context/index.js';
import { createLogger, systemClock } from '../../../daemon/kernel/index.js';
import { openDatabase, type Database } from '../../../daemon/storage/index.js';

const P99_BAR_MS = 5;
/** The median at the largest size over that at the smallest; the rest is noise of a shared machine. */
const FLATNESS_BAR = 2;
const FLATNESS_NOISE_MS = 0.1;
const ITEMS_OF_RUN = 50;
const ITEMS_OF_STEP = 5;
/** One in so many runs stays open: its changes lie in the journal, those of the others in documents. */
const OPEN_RUN_EVERY = 10;
const RUNS_AT_ONCE = 16;
const ROUNDS_OF_RUN = 10;
/** A busy disk does fewer rounds, so that the whole of it stays below three minutes. */
const MINIMUM_ROUNDS = 100;
const MAXIMUM_ROUNDS_MS = 25_000;

const WORKFLOWS = ['vary-what-i-played', 'fill-the-gap', 'generate', 'clean-up-and-fit', 'answer-phrase'];
const FIELDS = ['tempoBpm', 'energy', 'complexity', 'brightnessHz', 'key', 'genre', 'mood', 'detectedPatterns', 'loudnessLufs', 'prompt'];
const WORDS = 'dark bright warm cold slow fast bass lead pad drum loop break soft hard wide thin deep high low clear'.split(' ');

function at<T>(list: readonly T[], index: number): T {
  const entry = list[index % list.length];
  if (entry === undefined) throw new Error('empty list');
  return entry;
}

/** Repeatable (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomOf(1);

function valueOf(field: string, number: number): NewContextItem['value'] {
  if (field === 'key') return at(['A minor', 'C major', 'F# dorian'], number);
  if (field === 'genre' || field === 'mood' || field === 'prompt') return `${at(WORDS, number)} ${at(WORDS, number * 7 + 3)}`;
  if (field === 'detectedPatterns') return [at(WORDS, number), at(WORDS, number + 5)];
  return field === 'energy' || field === 'complexity' ? random() : field === 'loudnessLufs' ? -14 : 60 + Math.floor(random() * 100);
}

function stepItems(count: number, number: number): NewContextItem[] {
  return Array.from({ length: count }, (_, index) => {
    const field = at(FIELDS, number + index);
    return {
      category: 'audio-parameters',
      field,
      value: valueOf(field, number + index),
      rank: 'analysis',
      confidence: 0.8,
      tags: [at(['loop', 'one-shot', 'live'], number + index), `take-${(number + index) % 500}`],
      priority: (number + index) % 20 === 0 ? 5 : 0,
      text: `${at(WORDS, number)} ${at(WORDS, number + index * 3 + 1)} heard in bar ${number % 64}`,
    };
  });
}

interface Bench {
  readonly database: Database;
  readonly store: ContextStore;
  items: number;
  runs: number;
  readonly ended: string[];
  readonly open: string[];
  readonly begunMs: number;
  /** How many items each kind of question found, one number for each answer. */
  readonly answers: Samples;
}

function runIdOf(number: number): string {
  return `run${String(number).padStart(9, '0')}`;
}

function begin(bench: Bench): RunContext {
  const runId = runIdOf(bench.runs);
  const workflow = at(WORKFLOWS, bench.runs);
  bench.runs += 1;
  bench.items += ITEMS_OF_STEP;
  return bench.database.transaction(() => bench.store.begin({ runId, workflow, atMs: Date.now() }, stepItems(ITEMS_OF_STEP, bench.runs)));
}

function step(bench: Bench, context: RunContext, number: number): void {
  bench.items += ITEMS_OF_STEP;
  const position = String(number).padStart(4, '0');
  const path = `step-${position}`;
  bench.database.transaction(() =>
    context.commit(
      { path, scope: '', position, step: 'analyse', capability: 'analyse.audio', atMs: Date.now() },
      stepItems(ITEMS_OF_STEP, number * 13 + bench.runs),
    ),
  );
}

async function wholeRun(bench: Bench): Promise<void> {
  const isOpen = bench.runs % OPEN_RUN_EVERY === 0;
  const context = begin(bench);
  for (let number = 1; number < ITEMS_OF_RUN / ITEMS_OF_STEP; number += 1) step(bench, context, number);
  if (!isOpen) await context.snapshot(true);
  (isOpen ? bench.open : bench.ended).push(context.run.runId);
}

async function fill(bench: Bench, items: number): Promise<void> {
  while (bench.items < items) {
    const length = Math.min(RUNS_AT_ONCE, Math.ceil((items - bench.items) / ITEMS_OF_RUN));
    await Promise.all(Array.from({ length }, () => wholeRun(bench)));
  }
  await bench.store.query({ limit: 1 });
}

/** One of each kind of question, with another answer each round. */
function queries(bench: Bench, round: number): Record<string, ContextQuery> {
  const now = Date.now();
  const anyRun = runIdOf(Math.floor(random() * bench.runs));
  return {
    run: { runId: anyRun },
    workflow: { workflow: at(WORKFLOWS, round) },
    'field and category': { field: at(FIELDS, round), category: 'audio-parameters' },
    tag: { tag: `take-${Math.floor(random() * 500)}` },
    time: { fromMs: now - 60_000 * random(), toMs: now },
    priority: { priorityAtLeast: 1, order: 'priority' },
    text: { text: `${at(WORDS, round)} heard` },
    'rare text': { text: `${at(WORDS, round)} ${at(WORDS, round + 1)} ${at(WORDS, round + 2)}` },
    'all at once': {
      workflow: at(WORKFLOWS, round),
      field: at(FIELDS, round),
      tag: 'loop',
      priorityAtLeast: 0,
      text: at(WORDS, round),
      fromMs: 1,
    },
    nothing: { workflow: at(WORKFLOWS, round), tag: 'not-there', text: 'heard' },
  };
}

/**
 * Finer questions, of which `query` holds nothing: a page from the middle of all that was ever said, and a tag that has as many
 * answers at every size.
 */
function finerQueries(bench: Bench): Record<string, ContextQuery> {
  return {
    'far back': { text: 'heard', toMs: bench.begunMs + (Date.now() - bench.begunMs) * random() },
    'tag, two answers': { tag: `take-${Math.floor(random() * 500)}`, limit: 2 },
  };
}

type Samples = Map<string, number[]>;

function measured<T>(samples: Samples, name: string, work: () => T): T {
  const begun = performance.now();
  const result = work();
  note(samples, name, performance.now() - begun);
  return result;
}

function note(samples: Samples, name: string, milliseconds: number): void {
  const list = samples.get(name);
  if (list === undefined) samples.set(name, [milliseconds]);
  else list.push(milliseconds);
}

const COMPUTATION = JSON.stringify(Array.from({ length: 1_000 }, (_, index) => ({ index, word: at(WORDS, index) })));

function bareCommit(bench: Bench): void {
  bench.database.transaction(() =>
    bench.database.run('INSERT INTO bench_bare (content) VALUES ($content)', { content: 'x'.repeat(1_000) }),
  );
}

async function round(bench: Bench, samples: Samples, context: RunContext, number: number): Promise<void> {
  if (number % 2 === 0) measured(samples, 'bare durable commit', () => bareCommit(bench));
  measured(samples, 'write', () => step(bench, context, number));
  if (number % 2 === 1) measured(samples, 'bare durable commit', () => bareCommit(bench));
  measured(samples, 'bare computation', () => JSON.parse(COMPUTATION) as unknown);
  measured(samples, 'read', () => context.view(''));
  measured(samples, 'read', () => context.transform('', 'generate.audio.from-text', {}));
  const ofOpen = at(bench.open, Math.floor(random() * bench.open.length));
  measured(samples, 'read', () => bench.store.load({ runId: ofOpen, workflow: '', atMs: 0 }).view(''));
  const ofEnded = at(bench.ended, Math.floor(random() * bench.ended.length));
  measured(samples, 'read', () => bench.store.load({ runId: ofEnded, workflow: '', atMs: 0 }).view(''));
  // The first question of a round also brings the index up to date with the write.
  const all = Object.entries(queries(bench, number));
  for (let offset = 0; offset < all.length; offset += 1) {
    const [kind, query] = at(all, number + offset);
    const begun = performance.now();
    const page = await bench.store.query(query);
    const took = performance.now() - begun;
    note(samples, 'query', took);
    note(samples, `query: ${kind}`, took);
    note(bench.answers, `query: ${kind}`, page.items.length);
    if (offset === 0) note(samples, 'query: first after a write', took);
    if (page.nextCursor === null) continue;
    const next = performance.now();
    await bench.store.query({ ...query, cursor: page.nextCursor });
    note(samples, 'query', performance.now() - next);
    note(samples, 'query: next page', performance.now() - next);
  }
  for (const [kind, query] of Object.entries(finerQueries(bench))) {
    const begun = performance.now();
    const page = await bench.store.query(query);
    note(samples, `query: ${kind}`, performance.now() - begun);
    note(bench.answers, `query: ${kind}`, page.items.length);
  }
  await context.snapshot(false);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

interface Row {
  readonly items: number;
  readonly operation: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Items in an answer, on average; null for what is no question of one kind. */
  readonly answers: number | null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the rounds wrote goes again, so that the number of items stays what it is. */
async function forget(bench: Bench, { run: { runId } }: RunContext, itemsBefore: number): Promise<void> {
  bench.database.transaction(() => bench.store.forget([runId]));
  bench.items = itemsBefore;
  await bench.store.query({ limit: 1 });
}

async function measure(bench: Bench, size: number, rounds: number): Promise<Row[]> {
  await fill(bench, size);
  const items = bench.items;
  const samples: Samples = new Map();
  bench.answers.clear();
  const begun = performance.now();
  const isOver = (number: number): boolean =>
    number >= rounds || (number >= MINIMUM_ROUNDS && performance.now() - begun >= MAXIMUM_ROUNDS_MS);
  for (let number = 0; !isOver(number);) {
    const context = begin(bench);
    for (let end = number + ROUNDS_OF_RUN; number < end; number += 1) await round(bench, samples, context, number);
    await forget(bench, context, items);
  }
  return [...samples].map(([operation, values]) => ({
    items,
    operation,
    count: values.length,
    p50Ms: quantile(values, 0.5),
    p99Ms: quantile(values, 0.99),
    answers: bench.answers.has(operation) ? mean(bench.answers.get(operation) ?? []) : null,
  }));
}

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const largest = Math.max(1_000, Number(values.items));
const sizes = [1_000, 10_000, 30_000, 100_000].filter((size) => size < largest).concat(largest);
const folder = mkdtempSync(join(tmpdir(), 'grym-bench-context-'));
const database = openDatabase(join(folder, 'grym.sqlite'));
const logger = createLogger({ level: 'warn', format: 'plain' });
const { store } = createContext({ database, dataFolder: folder, ruleFolder: null, clock: systemClock, logger });
const rows: Row[] = [];
try {
  database.run('CREATE TABLE bench_bare (content TEXT NOT NULL)');
  const bench: Bench = { database, store, items: 0, runs: 0, ended: [], open: [], begunMs: Date.now(), answers: new Map() };
  for (const size of sizes) rows.push(...(await measure(bench, size, Number(values.rounds))));
} finally {
  await store.dispose();
  database.dispose();
  rmSync(folder, { recursive: true, force: true });
}

const first = rows[0]?.items;
const last = rows.at(-1)?.items;

function median(operation: string, items: number | undefined): number {
  return rows.find((row) => row.operation === operation && row.items === items)?.p50Ms ?? Number.NaN;
}

function answersOf(operation: string, items: number | undefined): number | null {
  return rows.find((row) => row.operation === operation && row.items === items)?.answers ?? null;
}

/** Of a write: what it costs above the bare commit, whose time is the disk's. */
function ownCost(operation: string, items: number | undefined): number {
  return operation === 'write' ? Math.max(0, median(operation, items) - median('bare durable commit', items)) : median(operation, items);
}

function p99(operation: string, items: number): number {
  return rows.find((row) => row.operation === operation && row.items === items)?.p99Ms ?? Number.NaN;
}

const measuredSizes = [...new Set(rows.map(({ items }) => items))];
const judged = ['write', 'read', 'query'].map((operation) => {
  const bare = operation === 'write' ? 'bare durable commit' : 'bare computation';
  const [smallMs, largeMs] = [ownCost(operation, first), ownCost(operation, last)];
  const isFlat = largeMs <= smallMs * FLATNESS_BAR + FLATNESS_NOISE_MS;
  const tails = measuredSizes.map((items) => ({ items, p99Ms: p99(operation, items), bareP99Ms: p99(bare, items) }));
  const tooSlow = tails.filter(({ p99Ms }) => p99Ms > P99_BAR_MS);
  // Where even the bare one takes longer than the bar, the time is the machine's.
  const isMissed = !isFlat || tooSlow.some(({ bareP99Ms }) => bareP99Ms <= P99_BAR_MS);
  const verdict = isMissed ? 'MISSED' : tooSlow.length > 0 ? 'undecided' : 'passed';
  return { operation, verdict, bare, smallMs, largeMs, tails };
});
/** Kinds of questions that grow, though all of them together are flat. */
const growing = [...new Set(rows.map(({ operation }) => operation))]
  .filter((operation) => operation.startsWith('query: '))
  .map((operation) => ({
    operation,
    smallMs: median(operation, first),
    largeMs: median(operation, last),
    smallAnswers: answersOf(operation, first),
    largeAnswers: answersOf(operation, last),
  }))
  .filter(({ smallMs, largeMs }) => largeMs > smallMs * FLATNESS_BAR + FLATNESS_NOISE_MS);
const passed = judged.every(({ verdict }) => verdict === 'passed');
if (values.json) {
  console.log(JSON.stringify({ passed, judged, growing, rows }));
} else {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 1 ? cell.padEnd(28) : cell.padStart(9))).join('  ');
  console.log(line(['items', 'operation', 'count', 'p50 ms', 'p99 ms', 'answers']));
  for (const { items, operation, count, p50Ms, p99Ms, answers } of rows) {
    console.log(line([String(items), operation, String(count), p50Ms.toFixed(3), p99Ms.toFixed(3), answers?.toFixed(1) ?? '']));
  }
  for (const { operation, verdict, bare, smallMs, largeMs, tails } of judged) {
    const own = `${operation === 'write' ? 'above the bare commit' : 'median'} ${smallMs.toFixed(3)} ms at ${first}, ${largeMs.toFixed(3)} ms at ${last} items`;
    const beside = tails.map(({ items, p99Ms, bareP99Ms }) => `${p99Ms.toFixed(2)} beside ${bareP99Ms.toFixed(2)} at ${items}`).join(', ');
    console.log(`${verdict.padEnd(9)}  ${operation}: ${own}; p99 in ms (bar ${P99_BAR_MS}) beside a ${bare}: ${beside}`);
  }
  for (const { operation, smallMs, largeMs, smallAnswers, largeAnswers } of growing) {
    const answers =
      smallAnswers === null || largeAnswers === null ? '' : `; ${smallAnswers.toFixed(0)} and ${largeAnswers.toFixed(0)} answers`;
    console.log(
      `grows      ${operation}: median ${smallMs.toFixed(3)} ms at ${first}, ${largeMs.toFixed(3)} ms at ${last} items${answers}`,
    );
  }
  if (judged.some(({ verdict }) => verdict === 'undecided'))
    console.log('undecided: the bare operation alone takes longer than the bar, this machine is too busy for a verdict.');
}
process.exitCode = passed ? 0 : 1;
