import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { canonicalJson } from '../../../daemon/kernel/index.js';
import { OPEN_RUN_STATES } from '../../../daemon/workflow/index.js';
import { readMarks } from '../../daemon/workflow/campaign-steps/campaign-ground.js';
import type { CampaignRequest } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { readRuns, wholeKey, type FoundRun } from './found-runs.js';
import { DATABASE_FILE } from './crash-trial.js';

export interface CrashFindings {
  readonly runs: number;
  /** How many ended in which state. */
  readonly ended: Readonly<Record<string, number>>;
  readonly resumptions: number;
  readonly executions: number;
  readonly commits: number;
  /** Accepted, but not there or not ended. */
  readonly lost: number;
  /** Results that were committed more than once. */
  readonly doubled: number;
  /** Bodies that ran although their result was in the journal. */
  readonly ranAgain: number;
  /** Runs whose results, steps or context are not those of the undisturbed run. */
  readonly different: number;
  /** Documents and files that are damaged. */
  readonly damaged: number;
  readonly problems: readonly string[];
}

export interface CrashGround {
  readonly disturbed: string;
  readonly undisturbed: string;
  /** Request keys that the child said it had accepted. */
  readonly accepted: ReadonlySet<string>;
  readonly asked: readonly CampaignRequest[];
}

const STEPS_WITH_MARKS = new Set(['no-op', 'hash', 'hash-cached', 'slow', 'fail', 'allocate', 'write-file', 'ask', 'state']);

/** Everything that is not as it must be. Reads the files only: no part of the engine judges itself. */
export function findingsOf({ disturbed, undisturbed, accepted, asked }: CrashGround): CrashFindings {
  const runs = readRuns(disturbed);
  const expected = readRuns(undisturbed);
  const lost = lostRuns(runs, accepted, asked);
  const twice = doubledCommits(disturbed, runs);
  const ranAgain = executedAgain(disturbed);
  const different = differences(runs, expected);
  const damaged = damage(disturbed, runs);
  const ended: Record<string, number> = {};
  for (const { state } of runs.values()) ended[state] = (ended[state] ?? 0) + 1;
  return {
    ...{ runs: runs.size, ended, executions: readMarks(disturbed).length, commits: twice.commits },
    resumptions: [...runs.values()].reduce((sum, { resumptions }) => sum + resumptions, 0),
    ...{
      lost: lost.length,
      doubled: twice.problems.length,
      ranAgain: ranAgain.length,
      different: different.length,
      damaged: damaged.length,
    },
    problems: [...lost, ...twice.problems, ...ranAgain, ...different, ...damaged],
  };
}

function expectedStates(request: CampaignRequest | undefined): readonly string[] {
  if (request?.cancel !== undefined) return ['cancelled'];
  if (request?.workflow === 'campaign-failing') return ['failed'];
  // A newer run may have taken the slot.
  if (request?.workflow === 'campaign-slot') return ['done', 'library-only'];
  return ['done'];
}

function lostRuns(runs: ReadonlyMap<string, FoundRun>, accepted: ReadonlySet<string>, asked: readonly CampaignRequest[]): string[] {
  const requests = new Map(asked.map((request) => [request.key, request]));
  const problems = [...accepted].filter((key) => !runs.has(key)).map((key) => `lost: run ${key}`);
  for (const key of requests.keys()) if (!runs.has(key) && !accepted.has(key)) problems.push(`never accepted: run ${key}`);
  for (const [key, { state, error, activations }] of runs) {
    if ((OPEN_RUN_STATES as readonly string[]).includes(state)) problems.push(`not ended: run ${key} is ${state}`);
    else if (!expectedStates(requests.get(wholeKey(key))).includes(state)) problems.push(`run ${key} is ${state}: ${String(error)}`);
    for (const step of activations)
      if (['started', 'waiting'].includes(step.state)) problems.push(`not ended: ${step.path} of run ${key} is ${step.state}`);
  }
  return problems;
}

/** A result is committed once: one row for each activation that ended well here, and none for others. */
function doubledCommits(folder: string, runs: ReadonlyMap<string, FoundRun>): { commits: number; problems: string[] } {
  const database = new SqliteDatabase(join(folder, DATABASE_FILE), { readonly: true });
  const rows = database.prepare('SELECT key, count(*) AS count FROM campaign_commits GROUP BY key').all() as {
    key: string;
    count: number;
  }[];
  database.close();
  const problems = rows.filter(({ count }) => count !== 1).map(({ key, count }) => `committed ${count} times: ${key}`);
  const places = new Map(readMarks(folder).map(({ key, runId, path }) => [key, `${runId} ${path}`]));
  const committed = new Set(rows.map(({ key }) => places.get(key) ?? key));
  for (const [key, { runId, activations }] of runs) {
    for (const { path, step, state, executedHere } of activations.filter((entry) => STEPS_WITH_MARKS.has(entry.step))) {
      const place = `${runId} ${path}`;
      if (state === 'done' && executedHere && !committed.delete(place))
        problems.push(`done without a commit: ${step} ${path} of run ${key}`);
      if (state !== 'done' && committed.delete(place)) problems.push(`committed, but ${state}: ${step} ${path} of run ${key}`);
    }
  }
  for (const place of committed) problems.push(`committed for no step of the journal: ${place}`);
  return { commits: rows.reduce((sum, { count }) => sum + count, 0), problems };
}

function executedAgain(folder: string): string[] {
  const problems: string[] = [];
  const starts = new Set<string>();
  const keys = new Map<string, string>();
  for (const { key, runId, path, attempt, afterCommit } of readMarks(folder)) {
    if (afterCommit) problems.push(`run again after its commit: ${path} of ${runId}`);
    if (starts.has(`${key} ${attempt}`)) problems.push(`start ${attempt} happened twice: ${path} of ${runId}`);
    starts.add(`${key} ${attempt}`);
    const place = `${runId} ${path}`;
    if ((keys.get(place) ?? key) !== key) problems.push(`two keys for ${path} of ${runId}`);
    keys.set(place, key);
  }
  return problems;
}

/** Steps, results, context and documents as in the folder where nothing was killed; times, and what is a matter of them, excepted. */
function differences(runs: ReadonlyMap<string, FoundRun>, expected: ReadonlyMap<string, FoundRun>): string[] {
  const problems: string[] = [];
  for (const [key, run] of runs) {
    const other = expected.get(key);
    // Whether it had begun when that was cancelled is a matter of time.
    if (key !== wholeKey(key) && runs.get(wholeKey(key))?.state === 'cancelled') continue;
    if (other === undefined) {
      problems.push(`run ${key} is in one folder only`);
      continue;
    }
    // How far it came when it was cancelled is a matter of time.
    if (run.state === 'cancelled' && other.state === 'cancelled') continue;
    const aspects = ['outputs', 'steps', 'context', 'document'] as const;
    for (const aspect of aspects) {
      const [here, there] = [canonicalJson(run[aspect]), canonicalJson(other[aspect])];
      if (here !== there) problems.push(`${aspect} of run ${key} differ: ${firstDifference(here, there)}`);
    }
  }
  return problems;
}

function firstDifference(here: string, there: string): string {
  let at = 0;
  while (at < here.length && here[at] === there[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(here)}… instead of …${around(there)}…`;
}

function damage(folder: string, runs: ReadonlyMap<string, FoundRun>): string[] {
  const problems: string[] = [];
  const database = new SqliteDatabase(join(folder, DATABASE_FILE), { readonly: true });
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  if (integrity !== 'ok') problems.push(`the database: ${String(integrity)}`);
  for (const [key, { documentProblem, activations }] of runs) {
    if (documentProblem !== null) problems.push(`document of run ${key}: ${documentProblem}`);
    for (const { path, step, state, output } of activations) {
      if (step !== 'write-file' || state !== 'done') continue;
      const { file } = output as { file: string };
      const written = join(folder, 'written-by-steps', file);
      if (!existsSync(written)) problems.push(`file of ${path} of run ${key} is not there`);
      else if (!file.startsWith(digestOf(readFileSync(written)))) problems.push(`damaged: ${file} of run ${key}`);
    }
  }
  for (const name of readdirSync(join(folder, 'clips'))) {
    if (
      `${createHash('sha256')
        .update(readFileSync(join(folder, 'clips', name)))
        .digest('hex')}.wav` !== name
    )
      problems.push(`damaged: ${name}`);
  }
  return problems;
}

const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16);
