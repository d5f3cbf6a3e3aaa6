import { chmodSync, lstatSync } from 'node:fs';
import { GrymError, messageOf } from './errors.js';
import { makeFolder } from './make-folder.js';

/**
 * Makes the runtime folder, open to its owner only. It holds the token, so one that belongs to another user or is a
 * link is refused: in /tmp anybody may have made it first.
 */
export function prepareRuntimeFolder(path: string): void {
  let status;
  try {
    makeFolder(path, 0o700);
    status = lstatSync(path);
  } catch (error) {
    throw new GrymError('GRYM_RUNTIME_FOLDER_UNSAFE', { path, reason: messageOf(error) }, { cause: error });
  }
  const userId = process.getuid?.();
  if (!status.isDirectory()) {
    throw new GrymError('GRYM_RUNTIME_FOLDER_UNSAFE', { path, reason: 'it is not a folder' });
  }
  if (userId !== undefined && status.uid !== userId) {
    throw new GrymError('GRYM_RUNTIME_FOLDER_UNSAFE', { path, reason: `it belongs to user ${status.uid}, not to you (${userId})` });
  }
  if ((status.mode & 0o077) !== 0) chmodSync(path, 0o700);
}
