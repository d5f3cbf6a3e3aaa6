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
  readonly request_key: string | null;
  readonly part_of: string | null;
  readonly part_path: string | null;
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

/** By request key; a run that is part of another one by the key of that one and the path of the step that carries it out. */
export function readRuns(folder: string): Map<string, FoundRun> {
  const database = new SqliteDatabase(join(folder, DATABASE_FILE), { readonly: true });
  const runs = database.prepare('SELECT * FROM runs ORDER BY sequence').all() as RunRow[];
  const activations = database.prepare('SELECT * FROM activations ORDER BY run, position, sequence').all() as ActivationRow[];
  database.close();
  const byRun = new Map<number, ActivationRow[]>();
  for (const row of activations) byRun.set(row.run, [...(byRun.get(row.run) ?? []), row]);
  const keys = new Map(runs.map((run) => [run.run_id, run.request_key ?? '']));
  const keyOf = (run: RunRow): string =>
    run.part_of === null ? (run.request_key ?? '') : partKey(keys.get(run.part_of) ?? '', run.part_path ?? '');
  return new Map(runs.map((run) => [keyOf(run), found(folder, run, byRun.get(run.sequence) ?? [], runs)]));
}

const PART = ' > ';
const partKey = (whole: string, path: string): string => `${whole}${PART}${path}`;

/** Key of the run that this one is part of; its own where it is none. */
export const wholeKey = (key: string): string => key.split(PART)[0] ?? key;

/** Ids are of this folder only: those of the run itself, and of runs that are parts of it. */
function withoutIds(text: string, run: RunRow, runs: readonly RunRow[]): string {
  const parts = runs.filter(({ part_of }) => part_of === run.run_id);
  const named: readonly (readonly [string, string])[] = [[run.run_id, '<run>'], ...parts.map(({ run_id }) => [run_id, '<part>'] as const)];
  return named.reduce((left, [id, name]) => left.replaceAll(id, name), text);
}

function found(folder: string, run: RunRow, rows: readonly ActivationRow[], runs: readonly RunRow[]): FoundRun {
  const parse = (text: string | null): JsonValue => (text === null ? null : (JSON.parse(withoutIds(text, run, runs)) as JsonValue));
  const document = readDocument(join(folder, DOCUMENT_FOLDER, `${run.run_id}.json`), (text) => withoutIds(text, run, runs));
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

function readDocument(path: string, withoutIds: (text: string) => string): FoundDocument {
  if (!existsSync(path)) return { data: null, items: null, problem: 'it is not there' };
  const text = readFileSync(path, 'utf8');
  const [, sum, body = ''] = /^\{"sha256":"([0-9a-f]{64})",\n"data":([\s\S]*)\}\n$/.exec(text) ?? [];
  if (sum !== createHash('sha256').update(body).digest('hex')) return { data: null, items: null, problem: 'its checksum does not fit' };
  const withoutTimes = (name: string, value: unknown): unknown => (OF_THIS_FOLDER.has(name) ? undefined : value);
  const data = JSON.parse(withoutIds(body), withoutTimes) as { items?: JsonValue };
  return { data, items: data.items ?? null, problem: null };
}
