import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from './errors.js';

/**
 * Makes a folder and those above it; one that is there already stays as it is. Not `mkdirSync` with `recursive`: where a file
 * system answers ENOENT although the folder above is there, as /proc does, that never returns.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (!existsSync(above)) makeFolder(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (systemCodeOf(error) !== 'EEXIST' || !isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    // A file where a folder should be: making the folder says so.
    if (systemCodeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
