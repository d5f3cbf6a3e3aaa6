import { spawn } from 'node:child_process';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { compiledProgram } from '../../doubles/compiled-program.js';
import type { HubServer } from '../../../servers/hub-server.js';
import { ACCEPTED, fixtureFiles, MINI, openLibrary, watched } from './support/workbench.js';

const CHILD = compiledProgram('test/daemon/models/store/kill-child.ts');
const REPOSITORY = 'someone/clap-mini';
const FILES = fixtureFiles('clap-mini');
export const TOTAL_BYTES = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);

interface Killed {
  readonly output: string;
  readonly killed: boolean;
}

/** Runs the child and kills it so long after it has first said a word. */
function killAfter(word: string, milliseconds: number, args: readonly string[]): Promise<Killed> {
  const child = spawn(process.execPath, [CHILD, ...args], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (output.includes(word)) timer ??= setTimeout(() => child.kill('SIGKILL'), milliseconds);
  });
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      clearTimeout(timer);
      resolve({ output, killed: signal === 'SIGKILL' });
    });
  });
}

export interface PullTrial {
  readonly killed: number;
  /** Bytes that a hub that loses nothing would have sent: those of the model. */
  readonly servedBytes: number;
  /** What each kill left that could be taken for a model; must stay empty. */
  readonly halfInstalled: readonly string[];
  readonly installed: boolean;
}

/** Kills a pull again and again, then lets it end: nothing half-installed, and what had arrived is not fetched again. */
export async function killPulls(hub: HubServer, folder: string, kills: number): Promise<PullTrial> {
  hub.upload(REPOSITORY, FILES);
  hub.faults = { slow: { bytes: 20_000, pauseMs: 12 } };
  const halfInstalled: string[] = [];
  let killed = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const outcome = await killAfter('begun', 100 + Math.random() * 500, ['pull', folder, hub.address]);
    if (outcome.killed) killed += 1;
    const { store } = await openLibrary(folder, hub.address);
    if (!outcome.output.includes('installed')) halfInstalled.push(...store.problems().map(({ id }) => id));
  }
  hub.faults = {};
  const { library, store } = await openLibrary(folder, hub.address);
  await library.pull(MINI, ACCEPTED, watched());
  const [model] = store.list();
  const installed = model !== undefined && (await library.examine(model, watched())).state === 'works';
  return { killed, servedBytes: hub.servedBytes, halfInstalled, installed };
}

export interface ReplaceTrial {
  readonly killed: number;
  readonly replaced: number;
  /** What was there after each kill, when it was not exactly one whole version; must stay empty. */
  readonly broken: readonly string[];
}

/** Kills a process that exchanges two versions of a model: after each kill one of the two is there, byte for byte. */
export async function killReplacements(hub: HubServer, folder: string, kills: number): Promise<ReplaceTrial> {
  hub.faults = {};
  const first = hub.upload(REPOSITORY, FILES);
  const second = hub.upload(REPOSITORY, { 'config.json': `${FILES['config.json']?.toString() ?? ''}\n` });
  const begin = await openLibrary(folder, hub.address);
  await begin.library.pull(MINI, ACCEPTED, watched());
  const broken: string[] = [];
  let killed = 0;
  let replaced = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const outcome = await killAfter('installed', Math.random() * 400, ['replace', folder, hub.address, first, second]);
    if (outcome.killed) killed += 1;
    replaced += outcome.output.match(/^installed/gm)?.length ?? 0;
    const { store, library } = await openLibrary(folder, hub.address);
    const [model, ...others] = store.list();
    const problems = store.problems().map(({ id, reason }) => `${id}: ${reason}`);
    const state = model === undefined ? 'gone' : (await library.examine(model, watched())).state;
    if (state !== 'works' || others.length > 0 || problems.length > 0) broken.push([state, ...problems].join('; '));
  }
  return { killed, replaced, broken };
}
