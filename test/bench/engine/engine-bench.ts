// npm run bench:engine [-- --json] [--steps N] [--rounds R]
// What an engine adds to each step of a chain of 1,000 steps that do nothing, when every step is on the disk before the next one
// starts: ours beside LangGraph.js and BullMQ, and a bare commit as the floor; all on the same disk, round by round in turn.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { ContenderProcess, intervals, quantile, type Round } from './contender.js';

const BAR_P50_MS = 0.5;
const BAR_TIMES_LANGGRAPH = 3;

const CONTENDERS = [
  { name: 'ours', program: 'ours.ts', what: 'grym-synth, journal with synchronous=FULL' },
  { name: 'floor', program: 'floor.ts', what: 'a bare SQLite commit, synchronous=FULL' },
  { name: 'langgraph-chain', program: 'langgraph-chain.ts', what: 'LangGraph.js, 1 node a step, SQLite (FULL), durability sync' },
  { name: 'langgraph-loop', program: 'langgraph-loop.ts', what: 'LangGraph.js, its cheapest form: 1 node in a loop' },
  { name: 'bullmq-flow', program: 'bullmq-flow.ts', what: 'BullMQ, a flow (each job awaits the one before), fsync always' },
  { name: 'bullmq-queue', program: 'bullmq-queue.ts', what: 'BullMQ, its cheapest form: jobs that await nothing' },
] as const;
type Name = (typeof CONTENDERS)[number]['name'];

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly wholeMs: number;
}

function figuresOf(rounds: readonly Round[]): Figures {
  const times = rounds.flatMap(({ startedAtMs }) => intervals(startedAtMs));
  const whole = rounds.map(({ wholeMs }) => wholeMs);
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), wholeMs: quantile(whole, 0.5) };
}

async function measure(folder: string, steps: number, rounds: number, say: (text: string) => void): Promise<Map<Name, Figures>> {
  const running = new Map<Name, ContenderProcess>();
  const measured = new Map<Name, Round[]>();
  try {
    for (const { name, program } of CONTENDERS) {
      mkdirSync(join(folder, name));
      running.set(name, await ContenderProcess.start(join(import.meta.dirname, program), join(folder, name)));
    }
    // The first round of each only warms it.
    for (let round = 0; round <= rounds; round += 1) {
      for (let turn = 0; turn < CONTENDERS.length; turn += 1) {
        const name = CONTENDERS[(turn + round) % CONTENDERS.length]?.name ?? 'floor';
        say(`round ${round} of ${rounds}: ${name}`);
        const result = await running.get(name)?.round(steps);
        if (round > 0 && result !== undefined) measured.set(name, [...(measured.get(name) ?? []), result]);
      }
    }
  } finally {
    for (const contender of running.values()) await contender.stop();
  }
  return new Map([...measured].map(([name, results]) => [name, figuresOf(results)]));
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    steps: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
  },
});
const steps = Number(values.steps);
const rounds = Number(values.rounds);
if (![steps, rounds].every((number) => Number.isInteger(number) && number > 0) || steps < 2) {
  process.stderr.write('--steps expects a whole number of at least 2, --rounds of at least 1\n');
  process.exit(2);
}

// Beside the project, not in the system's temporary folder, which may be memory and cost nothing to commit to.
const parent = join(findPackageRoot(), 'build', 'bench');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'engine-'));
const loadBefore = loadavg()[0] ?? Number.NaN;
try {
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(60)}`);
  };
  const figures = await measure(folder, steps, rounds, progress);
  progress('');
  const of = (name: Name): Figures => figures.get(name) ?? { p50Ms: Number.NaN, p99Ms: Number.NaN, wholeMs: Number.NaN };
  const p50 = of('ours').p50Ms;
  const checks = [
    { bar: `p50 of ours <= ${BAR_P50_MS} ms`, value: p50, met: p50 <= BAR_P50_MS },
    ...(['langgraph-chain', 'langgraph-loop'] as const).map((name) => {
      const times = of(name).p50Ms / p50;
      return { bar: `${name}: at least ${BAR_TIMES_LANGGRAPH} x ours`, value: times, met: times >= BAR_TIMES_LANGGRAPH };
    }),
    ...(['bullmq-flow', 'bullmq-queue'] as const).map((name) => {
      const times = of(name).p50Ms / p50;
      return { bar: `${name}: more than 1 x ours`, value: times, met: times > 1 };
    }),
  ];
  const load = { before: loadBefore, after: loadavg()[0] ?? Number.NaN };
  process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
  if (values.json) {
    const engines = CONTENDERS.map(({ name, what }) => ({ name, what, ...of(name), timesOurs: of(name).p50Ms / p50 }));
    console.log(JSON.stringify({ steps, rounds, load, engines, checks }));
  } else {
    console.log(
      `Overhead of one step in a chain of ${steps} no-op steps, ${rounds} rounds in turn, load ${load.before.toFixed(1)}-${load.after.toFixed(1)}`,
    );
    console.log(`${''.padEnd(66)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'chain ms'.padStart(10)}${'x ours'.padStart(8)}`);
    for (const { name, what } of CONTENDERS) {
      const { p50Ms, p99Ms, wholeMs } = of(name);
      const row = [
        p50Ms.toFixed(3).padStart(9),
        p99Ms.toFixed(3).padStart(9),
        wholeMs.toFixed(0).padStart(10),
        (p50Ms / p50).toFixed(2).padStart(8),
      ];
      console.log(`${what.padEnd(66)}${row.join('')}`);
    }
    for (const { bar, value, met } of checks) console.log(`  ${bar.padEnd(36)} ${value.toFixed(3).padStart(8)}  ${met ? 'met' : 'MISSED'}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
