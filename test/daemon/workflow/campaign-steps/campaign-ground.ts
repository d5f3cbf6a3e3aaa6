import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../../../daemon/storage/index.js';

/** One execution of a step's body. */
export interface ExecutionMark {
  readonly key: string;
  readonly runId: string;
  readonly path: string;
  readonly step: string;
  readonly attempt: number;
  /** The result of this activation was in the journal already: the step must not have been run again. */
  readonly afterCommit: boolean;
}

export interface Committed {
  readonly key: string;
  readonly runId: string;
  readonly path: string;
}

export interface StartOfBody extends Committed {
  readonly step: string;
  readonly attempt: number;
}

/** Where campaign steps leave marks. */
export interface CampaignGround {
  /** Called before a body does anything. */
  executed(start: StartOfBody): void;
  /** Called inside the transaction that commits a result. */
  committed(result: Committed): void;
  /** For the files that steps write. */
  readonly folder: string;
}

/** For measurements: leaves nothing anywhere. */
export class BareGround implements CampaignGround {
  constructor(readonly folder = '') {}
  executed(): void {}
  committed(): void {}
}

/** For soaks: counts in memory, by run, so that it can forget runs that have ended. */
export class CountingGround implements CampaignGround {
  executions = 0;
  commits = 0;
  readonly problems: string[] = [];
  private readonly committedKeys = new Map<string, Set<string>>();

  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  executed({ key, runId, path }: StartOfBody): void {
    this.executions += 1;
    if (this.committedKeys.get(runId)?.has(key) === true) this.problems.push(`run again after its commit: ${path} of ${runId}`);
  }

  committed({ key, runId, path }: Committed): void {
    this.commits += 1;
    const keys = this.committedKeys.get(runId) ?? new Set();
    if (keys.has(key)) this.problems.push(`committed twice: ${path} of ${runId}`);
    this.committedKeys.set(runId, keys.add(key));
  }

  forget(runId: string): void {
    this.committedKeys.delete(runId);
  }
}

const TABLE = 'CREATE TABLE IF NOT EXISTS campaign_commits (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL) STRICT';
const INDEX = 'CREATE INDEX IF NOT EXISTS campaign_commits_by_key ON campaign_commits (key)';

/** For kills: what it notes outlives the process. Commits are rows of the journal's own database, so they are there exactly when the result is. */
export class LastingGround implements CampaignGround {
  readonly folder: string;
  private readonly file: string;

  constructor(
    dataFolder: string,
    private readonly database: Database,
  ) {
    this.folder = join(dataFolder, 'written-by-steps');
    mkdirSync(this.folder, { recursive: true });
    this.file = marksFile(dataFolder);
    database.run(TABLE);
    database.run(INDEX);
  }

  executed(start: StartOfBody): void {
    const afterCommit = this.database.get('SELECT 1 FROM campaign_commits WHERE key = @key', { key: start.key }) !== undefined;
    const mark: ExecutionMark = { ...start, afterCommit };
    appendFileSync(this.file, `${JSON.stringify(mark)}\n`);
  }

  committed({ key }: Committed): void {
    this.database.run('INSERT INTO campaign_commits (key) VALUES (@key)', { key });
  }
}

const marksFile = (dataFolder: string): string => join(dataFolder, 'executions.jsonl');

export function readMarks(dataFolder: string): ExecutionMark[] {
  const file = marksFile(dataFolder);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ExecutionMark);
}

/** How often each key's result was committed. */
export function readCommits(database: Database): Map<string, number> {
  const rows = database.all('SELECT key, count(*) AS count FROM campaign_commits GROUP BY key') as { key: string; count: number }[];
  return new Map(rows.map(({ key, count }) => [key, count]));
}
