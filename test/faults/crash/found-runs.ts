// Runs as they lie on the disk: read with nothing but SQLite and JSON.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { JsonValue } from '../../../daemon/kernel/index.js';
import { DATABASE_FILE } from './crash-trial.js';

export interface FoundActivation {
  readonly path: string;
  readonly step: string;
  readonly state: string;
  readonly output: unknown;
  /** Not from the cache and not of another run. */
  readonly executedHere: boolean;
}

export interface FoundRun {
  readonly runId: string;
  readonly state: string;
  readonly error: string | null;
  readonly resumptions: number;
  readonly activations: readonly FoundActivation[];
  /** What must be as in a run that nobody disturbed; the run's own id is replaced, times are left out. */
  readonly outputs: JsonValue;
  readonly steps: JsonValue;
  readonly context: JsonValue;
  readonly document: JsonValue;
  readonly documentProblem: string | null;
}

interface RunRow {
  readonly sequence: number;
  readonly run_id: string;
  readonly request_key: string;
  readonly state: string;
  readonly outputs: string | null;
  readonly error: string | null;
  readonly resumptions: number;
}

interface ActivationRow {
  readonly run: number;
  readonly path: string;
  readonly position: string;
  readonly step: string;
  readonly state: string;
  readonly params: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly note: string;
  readonly explanation: string | null;
  readonly cached_from: string | null;
}

export const DOCUMENT_FOLDER = 'contexts';
/** Which change of its slot a delivery was, and whether a newer run came before it, is a matter of what else went on. */
const STEP_OF_TIME = 'deliver';

/** By request key. */
export function readRuns(folder: string): Map<string, FoundRun> {
  const database = new SqliteDatabase(join(folder, DATABASE_FILE), { readonly: true });
  const runs = database.prepare('SELECT * FROM runs ORDER BY sequence').all() as RunRow[];
  const activations = database.prepare('SELECT * FROM activations ORDER BY run, position, sequence').all() as ActivationRow[];
  database.close();
  const byRun = new Map<number, ActivationRow[]>();
  for (const row of activations) byRun.set(row.run, [...(byRun.get(row.run) ?? []), row]);
  return new Map(runs.map((run) => [run.request_key, found(folder, run, byRun.get(run.sequence) ?? [])]));
}

function found(folder: string, run: RunRow, rows: readonly ActivationRow[]): FoundRun {
  const parse = (text: string | null): JsonValue =>
    text === null ? null : (JSON.parse(text.replaceAll(run.run_id, '<run>')) as JsonValue);
  const document = readDocument(join(folder, DOCUMENT_FOLDER, `${run.run_id}.json`), run.run_id);
  return {
    ...{ runId: run.run_id, state: run.state, error: run.error, resumptions: run.resumptions },
    activations: rows.map(({ path, step, state, output, cached_from, explanation }) => ({
      ...{ path, step, state, output: parse(output), executedHere: cached_from === null, explanation },
    })),
    outputs: parse(run.outputs),
    steps: rows.map(({ path, step, state, params, input, output, error, note }) => ({
      ...{ path, step, state, error: parse(error), params: parse(params), input: parse(input) },
      ...(step !== STEP_OF_TIME && { note, output: parse(output) }),
    })),
    context: document.items,
    document: document.data,
    documentProblem: document.problem,
  };
}

interface FoundDocument {
  readonly data: JsonValue;
  readonly items: JsonValue;
  readonly problem: string | null;
}

/** Times, and numbers of the journal's changes, are of this folder only. */
const OF_THIS_FOLDER = new Set(['atMs', 'begunAtMs', 'updatedAtMs', 'writtenAtMs', 'appliedSequence', 'sequence']);

function readDocument(path: string, runId: string): FoundDocument {
  if (!existsSync(path)) return { data: null, items: null, problem: 'it is not there' };
  const text = readFileSync(path, 'utf8');
  const [, sum, body = ''] = /^\{"sha256":"([0-9a-f]{64})",\n"data":([\s\S]*)\}\n$/.exec(text) ?? [];
  if (sum !== createHash('sha256').update(body).digest('hex')) return { data: null, items: null, problem: 'its checksum does not fit' };
  const withoutTimes = (name: string, value: unknown): unknown => (OF_THIS_FOLDER.has(name) ? undefined : value);
  const data = JSON.parse(body.replaceAll(runId, '<run>'), withoutTimes) as { items?: JsonValue };
  return { data, items: data.items ?? null, problem: null };
}
