import { existsSync, rmSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { messageOf } from '../kernel/index.js';
import { Database } from './database.js';
import { asStorageError } from './storage-errors.js';

export interface RebuildableDatabase {
  readonly database: Database;
  /** Why it is empty and must be filled; null where it was there and has the right version. */
  readonly emptyBecause: string | null;
}

const FILES = ['', '-wal', '-shm', '-journal'];

function tryOpen(path: string, version: number, schema: string): { connection: SqliteDatabase.Database } | { reason: string } {
  const connection = new SqliteDatabase(path);
  try {
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = NORMAL');
    const found = Number(connection.pragma('user_version', { simple: true }));
    if (found === version) return { connection };
    const { tables } = connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
    if (found !== 0 || tables > 0) {
      connection.close();
      return { reason: `it has version ${found}, and ${version} is needed` };
    }
    connection.transaction(() => {
      connection.exec(schema);
      connection.pragma(`user_version = ${version}`);
    })();
    return { connection };
  } catch (error) {
    connection.close();
    return { reason: messageOf(error) };
  }
}

/**
 * A database that holds nothing but what can be made again. Commits do not wait for the disk: after a loss of power it may be
 * behind, never inconsistent. One that is damaged or of another version is removed and begun anew.
 * Throws GRYM_LIBRARY_UNWRITABLE.
 */
export function openRebuildableDatabase(path: string, version: number, schema: string): RebuildableDatabase {
  try {
    const isNew = !existsSync(path);
    const first = tryOpen(path, version, schema);
    if ('connection' in first) return { database: new Database(path, first.connection), emptyBecause: isNew ? 'it is new' : null };
    removeDatabase(path);
    const second = tryOpen(path, version, schema);
    if ('connection' in second) return { database: new Database(path, second.connection), emptyBecause: first.reason };
    throw Object.assign(new Error(second.reason), { code: 'SQLITE_CANTOPEN' });
  } catch (error) {
    throw asStorageError(error, path);
  }
}

/** Removes a closed database with all that belongs to it. */
export function removeDatabase(path: string): void {
  for (const suffix of FILES) rmSync(`${path}${suffix}`, { force: true });
}
