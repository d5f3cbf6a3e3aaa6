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

export interface StartOfBody {
  readonly key: string;
  readonly runId: string;
  readonly path: string;
  readonly step: string;
  readonly attempt: number;
}

/** Where campaign steps leave marks. */
export interface CampaignGround {
  /** Called before a body does anything. */
  executed(start: StartOfBody): void;
  /** Called inside the transaction that commits a result. */
  committed(key: string): void;
  /** For the files that steps write. */
  readonly folder: string;
}

/** For measurements and soaks: counts, and leaves nothing on the disk. */
export class CountingGround implements CampaignGround {
  executions = 0;
  /** Commits of each idempotency key since the last `forget`. */
  readonly commits = new Map<string, number>();
  /** Executions of bodies whose result had been committed. */
  readonly afterCommit: string[] = [];

  constructor(readonly folder: string) {}

  executed({ key }: StartOfBody): void {
    this.executions += 1;
    if (this.commits.has(key)) this.afterCommit.push(key);
  }

  committed(key: string): void {
    this.commits.set(key, (this.commits.get(key) ?? 0) + 1);
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

  committed(key: string): void {
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
