// npm run bench:recovery [-- --json] [--runs N] [--open N] [--trials N]
// How long it takes until everything is ready after a SIGKILL, with a journal of 10,000 runs of which 100 are open: the engine alone
// (opening of the database with its integrity check, library, journal, taking up of the open runs), and the whole daemon from the start
// of its process until it can be asked.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { DaemonProcess, type Folders } from '../../faults/support/daemon-process.js';
import { CompiledPrograms } from '../../faults/support/compiled-programs.js';
import { quantile } from '../engine/contender.js';

const BAR_MS = 2_000;
const BYTES_IN_MEGABYTE = 1_048_576;

interface EngineOpening {
  readonly openMs: number;
  readonly readyMs: number;
  readonly open: number;
  readonly runs: number;
}

/** Runs a program of this folder to its end, which is a SIGKILL. Resolves with what it wrote. */
function runProgram(program: string, args: readonly string[], onOutput: (text: string) => void = () => undefined): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    onOutput(data.toString());
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(output);
      else reject(new Error(`${program} ended with ${code}:\n${output}`));
    });
  });
}

/** Beside the project: the system's temporary folder may be memory. */
function makeFolders(): Folders {
  const root = join(findPackageRoot(), 'build', 'bench', `recovery-${process.pid}`);
  const [data, runtime] = [join(root, 'data'), join(root, 'run')];
  mkdirSync(data, { recursive: true });
  const environment = {
    ...{ HOME: root, GRYM_DATA_DIR: data, GRYM_RUNTIME_DIR: runtime, GRYM_PORT: '0', GRYM_LOG_LEVEL: 'warn' },
    GRYM_FINISHED_RUNS_KEPT: '20000',
  };
  return { root, data, runtime, environment };
}

async function openEngine(program: string, data: string): Promise<EngineOpening> {
  return JSON.parse(await runProgram(program, [data])) as EngineOpening;
}

async function startDaemon(folders: Folders): Promise<number> {
  const begun = performance.now();
  const daemon = await DaemonProcess.start(folders);
  const readyMs = performance.now() - begun;
  await daemon.kill('SIGKILL');
  return readyMs;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '10000' },
    open: { type: 'string', default: '100' },
    trials: { type: 'string', default: '7' },
  },
});
const [runs, open, trials] = [Number(values.runs), Number(values.open), Number(values.trials)];
if (![runs, open, trials].every((number) => Number.isInteger(number) && number > 0) || open >= runs) {
  process.stderr.write('--runs, --open and --trials expect whole numbers of at least 1, and fewer open runs than runs\n');
  process.exit(2);
}
const folders = makeFolders();
// As the daemon runs: not translated while it is measured.
const programs = new CompiledPrograms();
const [buildJournal, engineProgram] = ['build-journal.ts', 'open-engine.ts'].map((name) => programs.program(`test/bench/recovery/${name}`));
try {
  await runProgram(buildJournal ?? '', [folders.data, String(runs), String(open)], (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\rmaking the journal: ${text.trim().split('\n').at(-1) ?? ''} of ${runs} runs `);
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  const databaseFile = join(folders.data, 'grym.sqlite');
  const megabytes = {
    database: statSync(databaseFile).size / BYTES_IN_MEGABYTE,
    log: statSync(`${databaseFile}-wal`).size / BYTES_IN_MEGABYTE,
  };
  const engine: EngineOpening[] = [];
  for (let trial = 0; trial < trials; trial += 1) engine.push(await openEngine(engineProgram ?? '', folders.data));
  // Last: with its real generator the daemon finishes some of the open runs before it is killed.
  const daemon: number[] = [];
  for (let trial = 0; trial < trials; trial += 1) daemon.push(await startDaemon(folders));
  const left = await openEngine(engineProgram ?? '', folders.data);

  const summary = (times: readonly number[]): { p50Ms: number; worstMs: number } => ({
    p50Ms: quantile(times, 0.5),
    worstMs: Math.max(...times),
  });
  const report = {
    ...{ runs: engine[0]?.runs, open: engine[0]?.open, openAfterDaemon: left.open, trials, megabytes },
    opening: summary(engine.map(({ openMs }) => openMs)),
    engineReady: summary(engine.map(({ readyMs }) => readyMs)),
    firstEngineReadyMs: engine[0]?.readyMs,
    daemonReady: summary(daemon),
    firstDaemonReadyMs: daemon[0],
    load: loadavg()[0],
  };
  const met = report.engineReady.worstMs <= BAR_MS && report.daemonReady.worstMs <= BAR_MS && report.runs === runs && report.open === open;
  process.exitCode = met ? 0 : 1;
  if (values.json) console.log(JSON.stringify({ ...report, barMs: BAR_MS, met }));
  else {
    const line = (name: string, { p50Ms, worstMs }: { p50Ms: number; worstMs: number }): void =>
      console.log(`  ${name.padEnd(46)} p50 ${p50Ms.toFixed(0).padStart(5)} ms, worst ${worstMs.toFixed(0).padStart(5)} ms`);
    console.log(
      `Ready after SIGKILL: ${report.runs} runs in the journal, ${report.open} of them open; database ${megabytes.database.toFixed(0)} MB, log ${megabytes.log.toFixed(1)} MB; ${trials} trials`,
    );
    line('database, library and journal open', report.opening);
    line('engine ready, open runs taken up', report.engineReady);
    line('whole daemon, from the start of its process', report.daemonReady);
    console.log(`  bar: ready within ${BAR_MS} ms: ${met ? 'met' : 'MISSED'}`);
  }
} finally {
  programs.dispose();
  rmSync(folders.root, { recursive: true, force: true });
}
