import { accessSync, constants, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { GrymError, makeFolder, systemCodeOf, type Disposable } from '../kernel/index.js';
import { asStorageError } from './storage-errors.js';

/** What must be free before work is accepted: some clips and the journal's growth. */
export const REQUIRED_FREE_BYTES = 32 * 1024 * 1024;

/** Throws GRYM_LIBRARY_UNWRITABLE where a file could not be written into `folder` now. Cheap: two system calls. */
export function assertWritable(folder: string, requiredBytes: number = REQUIRED_FREE_BYTES): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < requiredBytes) {
      const reason = `only ${Math.floor((bavail * bsize) / 1024)} KiB are free, ${Math.ceil(requiredBytes / 1024)} KiB are needed`;
      throw new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: folder, reason });
    }
  } catch (error) {
    throw asStorageError(error, folder);
  }
}

function holderOf(processFile: string): string {
  try {
    return readFileSync(processFile, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/**
 * Makes the data folder and takes it for this process. The lock is an exclusive SQLite transaction on an empty file
 * beside the database: the kernel gives it back at the process's death, so there is no stale lock to clean up.
 * Throws GRYM_LIBRARY_IN_USE or GRYM_LIBRARY_UNWRITABLE.
 */
export function lockDataFolder(folder: string): Disposable {
  const processFile = join(folder, 'lock.process');
  let lock: SqliteDatabase.Database | undefined;
  try {
    makeFolder(folder);
    assertWritable(folder, 0);
    lock = new SqliteDatabase(join(folder, 'lock'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(processFile, `${process.pid}\n`);
  } catch (error) {
    lock?.close();
    if (systemCodeOf(error)?.startsWith('SQLITE_BUSY')) {
      throw new GrymError('GRYM_LIBRARY_IN_USE', { path: folder, processId: holderOf(processFile) }, { cause: error });
    }
    throw asStorageError(error, folder);
  }
  const held = lock;
  return { dispose: () => void held.close() };
}
