import { existsSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { GrymError, messageOf, systemCodeOf, type Disposable } from '../kernel/index.js';
import { MIGRATIONS } from './migrations.js';
import { asStorageError } from './storage-errors.js';

export type SqlValue = string | number | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

const BUSY_TIMEOUT_MS = 2_000;

/**
 * One SQLite file with the journal and the index. Every committed transaction survives `kill -9` and loss of power:
 * WAL with synchronous=FULL (better-sqlite3 would take NORMAL, which may lose the last commits).
 */
export class Database implements Disposable {
  private readonly statements = new Map<string, SqliteDatabase.Statement>();

  constructor(
    readonly path: string,
    private readonly connection: SqliteDatabase.Database,
  ) {}

  /** Number of rows changed. */
  run(sql: string, parameters: SqlParameters = {}): number {
    return this.guard(() => this.statement(sql).run(parameters).changes);
  }

  get(sql: string, parameters: SqlParameters = {}): unknown {
    return this.guard(() => this.statement(sql).get(parameters));
  }

  all(sql: string, parameters: SqlParameters = {}): unknown[] {
    return this.guard(() => this.statement(sql).all(parameters));
  }

  /** All of `work` or nothing of it. A transaction inside another one becomes part of it. */
  transaction<T>(work: () => T): T {
    if (this.connection.inTransaction) return work();
    return this.guard(() => this.connection.transaction(work).immediate());
  }

  /**
   * A part of a transaction that is undone alone where it throws, and the transaction may go on. It may not where the system
   * has undone all of it: `isInTransaction` is false then.
   */
  savepoint<T>(work: () => T): T {
    // better-sqlite3 makes a savepoint of a transaction inside another one.
    return this.guard(() => this.connection.transaction(work)());
  }

  get isInTransaction(): boolean {
    return this.connection.inTransaction;
  }

  dispose(): void {
    this.connection.close();
  }

  private statement(sql: string): SqliteDatabase.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asStorageError(error, this.path);
    }
  }
}

function schemaVersion(connection: SqliteDatabase.Database): number {
  return Number(connection.pragma('user_version', { simple: true }));
}

function checkIntegrity(connection: SqliteDatabase.Database, path: string): void {
  const report = String(connection.pragma('quick_check(1)', { simple: true }));
  if (report !== 'ok') throw new GrymError('GRYM_DATABASE_DAMAGED', { path, reason: report });
}

function migrate(connection: SqliteDatabase.Database, migrations: readonly string[]): void {
  migrations.slice(schemaVersion(connection)).forEach((sql) => {
    const version = schemaVersion(connection) + 1;
    connection.transaction(() => {
      connection.exec(sql);
      connection.pragma(`user_version = ${version}`);
    })();
  });
}

/**
 * Opens or makes the database and brings its schema up to date. Throws GRYM_DATABASE_NEWER (and leaves the file as it
 * is), GRYM_DATABASE_DAMAGED or GRYM_LIBRARY_UNWRITABLE.
 */
export function openDatabase(path: string, migrations: readonly string[] = MIGRATIONS): Database {
  const isNew = !existsSync(path);
  let connection: SqliteDatabase.Database | undefined;
  try {
    connection = new SqliteDatabase(path, { timeout: BUSY_TIMEOUT_MS });
    const found = schemaVersion(connection);
    if (found > migrations.length) {
      throw new GrymError('GRYM_DATABASE_NEWER', { path, found, known: migrations.length });
    }
    if (!isNew) checkIntegrity(connection, path);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    migrate(connection, migrations);
    return new Database(path, connection);
  } catch (error) {
    connection?.close();
    // better-sqlite3 reports a missing folder as a TypeError without a code.
    if (error instanceof TypeError && systemCodeOf(error) === undefined) {
      throw new GrymError('GRYM_LIBRARY_UNWRITABLE', { path, reason: messageOf(error) }, { cause: error });
    }
    throw asStorageError(error, path);
  }
}
