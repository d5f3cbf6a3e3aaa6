import { GrymError, isGrymError, messageOf, systemCodeOf } from '../kernel/index.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  SQLITE_FULL: 'there is no space left',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the file system is read-only',
  SQLITE_READONLY: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is there, not a folder',
  ENOENT: 'the folder is not there and cannot be made',
  EIO: 'the disk reports an error',
  EFBIG: 'the file would be too large',
};

function isWriteProblem(code: string): boolean {
  return code in REASONS || /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN)/.test(code);
}

/** Turns what the system or SQLite says when a write fails into GRYM_LIBRARY_UNWRITABLE; all else is handed back as it came. */
export function asStorageError(error: unknown, path: string): unknown {
  if (isGrymError(error)) return error;
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new GrymError('GRYM_DATABASE_DAMAGED', { path, reason: messageOf(error) }, { cause: error });
  }
  if (!isWriteProblem(code)) return error;
  const reason = REASONS[code] ?? REASONS[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? ''] ?? messageOf(error);
  return new GrymError('GRYM_LIBRARY_UNWRITABLE', { path, reason }, { cause: error });
}
