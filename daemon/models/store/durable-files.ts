import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, open, statfs } from 'node:fs/promises';
import { GrymError, isGrymError, messageOf, systemCodeOf, throwIfCancelled } from '../../kernel/index.js';

/** Small enough that hashing one does not hold up the event loop for more than a millisecond. */
const READ_BYTES = 256 * 1024;

const WRITE_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is there, not a folder',
  EIO: 'the disk reports an error',
  EFBIG: 'the file would be too large',
};

/** What the system says when a write fails, as GRYM_MODEL_FOLDER_UNWRITABLE; all else is handed back as it came. */
export function asWriteError(error: unknown, path: string): unknown {
  const code = systemCodeOf(error);
  if (isGrymError(error, 'GRYM_LIBRARY_UNWRITABLE')) {
    return new GrymError('GRYM_MODEL_FOLDER_UNWRITABLE', { path, reason: String(error.details['reason']) }, { cause: error });
  }
  if (isGrymError(error) || code === undefined || !(code in WRITE_REASONS)) return error;
  return new GrymError('GRYM_MODEL_FOLDER_UNWRITABLE', { path, reason: WRITE_REASONS[code] ?? messageOf(error) }, { cause: error });
}

export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A second name for the same content; a copy where the file system has no hard links, or the two lie on different ones. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS'].includes(systemCodeOf(error) ?? '')) throw error;
    await copyFile(from, to);
  }
}

export interface HashOptions {
  readonly signal: AbortSignal;
  /** Completes "Cancelled: …". */
  readonly what: string;
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** Feeds a file into hashes, bit by bit. */
export async function feedFile(path: string, hashes: readonly Hash[], { signal, what, onBytes }: HashOptions): Promise<number> {
  let bytes = 0;
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    throwIfCancelled(signal, what);
    for (const hash of hashes) hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(chunk.length);
  }
  return bytes;
}

export async function sha256OfFile(path: string, options: HashOptions): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, [hash], options);
  return hash.digest('hex');
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
