import { spawn } from 'node:child_process';
import type { ContextItem } from '../../../daemon/context/index.js';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { compiledProgram } from '../doubles/compiled-program.js';
import { temporaryFolders } from '../doubles/index.js';
import { openContextBench } from './workbench.js';

const folder = temporaryFolders();
const CHILD = compiledProgram('test/daemon/context/kill-child.ts');
const RUNS = 4;

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly errors: string;
}

function runChild(path: string, how: { failpoint?: string; killAfterMs?: number }): Promise<Outcome> {
  const child = spawn(process.execPath, [CHILD, path, String(RUNS)], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', GRYM_FAILPOINTS: how.failpoint ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let timer: NodeJS.Timeout | undefined;
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    if (how.killAfterMs !== undefined && data.toString().includes('ready'))
      timer = setTimeout(() => child.kill('SIGKILL'), how.killAfterMs);
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, errors });
    });
  });
}

async function contextsIn(path: string): Promise<{ contexts: ContextItem[][]; found: string[]; log: string[] }> {
  const bench = openContextBench(path);
  const contexts = Array.from({ length: RUNS }, (_, run) => [
    ...bench.store.load({ runId: `run-${run}`, workflow: 'kill', atMs: 0 }).items(),
  ]);
  const { items } = await bench.store.query({ workflow: 'kill', limit: 200 });
  await bench.close();
  return { contexts, found: items.map(({ runId, path: place, ordinal }) => `${runId}/${place}#${ordinal}`).sort(), log: bench.log };
}

let undisturbed: Awaited<ReturnType<typeof contextsIn>>;
beforeAll(async () => {
  const path = folder();
  expect(await runChild(path, {})).toEqual({ code: 0, signal: null, errors: '' });
  undisturbed = await contextsIn(path);
  expect(undisturbed.contexts.every((items) => items.length > 20)).toBe(true);
  expect(undisturbed.found).toHaveLength(undisturbed.contexts.flat().length);
}, 60_000);

const FAILPOINTS = ['context.journalled', 'context.indexed', 'document.writing', 'document.written', 'document.kept', 'document.renamed'];

test.each(FAILPOINTS)(
  'killed at %s, early and late: the contexts and what is found equal those of an undisturbed run',
  async (name) => {
    const path = folder();
    for (const pass of [1, 3])
      expect(await runChild(path, { failpoint: `${name}=kill@${pass}` })).toMatchObject({ signal: 'SIGKILL', errors: '' });
    expect(await runChild(path, {})).toEqual({ code: 0, signal: null, errors: '' });
    expect(await contextsIn(path)).toEqual(undisturbed);
  },
  120_000,
);

test('killed at random moments: the contexts and what is found equal those of an undisturbed run', async () => {
  const path = folder();
  let seed = 11;
  for (let kill = 0; kill < 8; kill += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    await runChild(path, { killAfterMs: seed % 60 });
  }
  expect(await runChild(path, {})).toEqual({ code: 0, signal: null, errors: '' });
  expect(await contextsIn(path)).toEqual(undisturbed);
}, 180_000);
