import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeClipFile, readClipFacts } from '../../../daemon/audio/index.js';
import { findPackageRoot, type Failpoint } from '../../../daemon/kernel/index.js';
import { openDatabase } from '../../../daemon/storage/index.js';
import type { GenerateJob } from '../../../daemon/workflow/index.js';
import { compiledProgram } from '../doubles/compiled-program.js';
import type { Delivery } from '../doubles/fake-bridge-directory.js';
import { fakeAudio } from '../doubles/fake-generator.js';

const CHILD = compiledProgram('test/daemon/workflow/kill-child.ts');
const SAMPLE_RATE = 48_000;
const CHILD_DEADLINE_MS = 60_000;

export type TrialJob = GenerateJob & { readonly requestKey: string; readonly seed: number };

export interface ChildOutcome {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly accepted: readonly string[];
  readonly errors: string;
}

/** Six jobs: to the library, to two bridges of which one comes late, and two for one slot. */
export function trialJobs(round: number): TrialJob[] {
  const slotOf = (bridge: string, slot: number): TrialJob['target'] => ({ bridge, slot });
  const targets = [undefined, slotOf('A', 0), slotOf('A', 1), slotOf('B', 0), slotOf('A', 1), slotOf('B', 1)];
  return targets.map((target, index) => ({
    prompt: `clip ${index} of round ${round}`,
    seed: round * 100 + index,
    sampleRate: SAMPLE_RATE,
    requestKey: `${round}/${index}`,
    ...(target !== undefined && { target }),
  }));
}

/** Runs the child until it ends by itself, by its failpoint, or by the kill `killAfterMs` after it is ready. */
export function runChild(
  folder: string,
  jobs: readonly TrialJob[],
  how: { failpoint?: `${Failpoint}=kill${string}`; killAfterMs?: number },
): Promise<ChildOutcome> {
  mkdirSync(folder, { recursive: true });
  const jobsFile = join(folder, 'jobs.json');
  writeFileSync(jobsFile, JSON.stringify(jobs));
  const child = spawn(process.execPath, [CHILD, folder, jobsFile], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', GRYM_FAILPOINTS: how.failpoint ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  let killTimer: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => child.kill('SIGKILL'), CHILD_DEADLINE_MS);
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (how.killAfterMs !== undefined && output.includes('ready')) killTimer ??= setTimeout(() => child.kill('SIGKILL'), how.killAfterMs);
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      const accepted = [...output.matchAll(/^accepted (.+)$/gm)].map(([, key]) => key ?? '');
      resolve({ signal, code, accepted, errors });
    });
  });
}

export function expectedHash(job: TrialJob): string {
  const { samples, explanation: _explanation, ...facts } = fakeAudio({ prompt: job.prompt, seed: job.seed, sampleRate: SAMPLE_RATE });
  return createHash('sha256')
    .update(encodeClipFile(samples, { ...facts, prompt: job.prompt }))
    .digest('hex');
}

interface RunRow {
  request_key: string;
  state: string;
  clip_hash: string;
  sequence: number;
  bridge_id: string | null;
  slot: number | null;
}

/** Everything that is not as it must be after the last child has ended by itself: lost, doubled, unfinished, damaged. */
export function problemsOf(folder: string, accepted: ReadonlySet<string>, submitted: readonly TrialJob[]): string[] {
  const database = openDatabase(join(folder, 'grym.sqlite'));
  const runs = database.all('SELECT * FROM runs ORDER BY sequence') as RunRow[];
  const rows = (database.all('SELECT hash FROM clips ORDER BY hash') as { hash: string }[]).map(({ hash }) => hash);
  database.dispose();
  const jobs = new Map(submitted.map((job) => [job.requestKey, job]));
  const byKey = new Map(runs.map((run) => [run.request_key, run]));
  const problems = [...accepted].filter((key) => !byKey.has(key)).map((key) => `lost: run ${key}`);
  for (const run of runs) {
    const job = jobs.get(run.request_key);
    if (job === undefined || run.clip_hash !== expectedHash(job)) problems.push(`wrong clip: run ${run.request_key}`);
    if (run.state !== 'done' && run.state !== 'library-only') problems.push(`not ended: run ${run.request_key} is ${run.state}`);
  }
  return [...problems, ...fileProblems(folder, runs, rows), ...slotProblems(folder, runs)];
}

function fileProblems(folder: string, runs: readonly RunRow[], rows: readonly string[]): string[] {
  const names = readdirSync(join(folder, 'clips')).sort();
  const wanted = [...new Set(runs.map(({ clip_hash }) => clip_hash))].sort();
  const problems: string[] = [];
  if (JSON.stringify(names) !== JSON.stringify(wanted.map((hash) => `${hash}.wav`)))
    problems.push(`files: ${names.length}, clips: ${wanted.length}`);
  if (JSON.stringify(rows) !== JSON.stringify(wanted)) problems.push(`rows of the index: ${rows.length}, clips: ${wanted.length}`);
  for (const name of names) {
    const content = readFileSync(join(folder, 'clips', name));
    if (`${createHash('sha256').update(content).digest('hex')}.wav` !== name) problems.push(`damaged: ${name}`);
    readClipFacts(content);
  }
  return problems;
}

function slotProblems(folder: string, runs: readonly RunRow[]): string[] {
  const file = join(folder, 'deliveries.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
  const deliveries = lines.map((line) => JSON.parse(line) as Delivery);
  const problems: string[] = [];
  for (const run of runs.filter(({ bridge_id, state }) => bridge_id !== null && state === 'done')) {
    const own = deliveries.filter(({ hash }) => hash === run.clip_hash);
    const distinct = new Set(own.map(({ bridgeId, slot, revision }) => `${bridgeId}/${slot}@${revision}`));
    if (distinct.size !== 1) problems.push(`run ${run.request_key} was delivered by ${distinct.size} changes`);
  }
  for (const key of new Set(
    runs.filter(({ slot }) => slot !== null).map(({ bridge_id, slot }) => `${String(bridge_id)}/${String(slot)}`),
  )) {
    const ofSlot = deliveries.filter(({ bridgeId, slot }) => `${bridgeId}/${slot}` === key);
    const revisions = ofSlot.map(({ revision }) => revision);
    if (revisions.some((revision, index) => index > 0 && revision < (revisions[index - 1] ?? 0)))
      problems.push(`${key}: an older change came after a newer`);
    const newest = runs.filter(({ bridge_id, slot }) => `${String(bridge_id)}/${String(slot)}` === key).at(-1);
    if (ofSlot.at(-1)?.hash !== newest?.clip_hash || newest?.state !== 'done')
      problems.push(`${key} does not hold what was asked for last`);
  }
  return problems;
}
