// One set-up of a folder at a time. flock(1) locks the open file that we hand it, so the lock lives as long as anybody has that file
// open: us, and every build command we started (they inherit it). A set-up that is killed while npm goes on stays locked until npm ends.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { SetupError } from './project.mjs';

const RETRY_MILLISECONDS = 250;
const FLOCK_CONFLICT = 1;

/** Waits for the lock; `onWait` is called once where somebody else has it. The result's descriptor is for children, `release` ends it. */
export async function lockFile(path, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, 'a');
  for (let attempt = 0; ; attempt += 1) {
    const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    if (status === 0) return { descriptor, release: () => closeSync(descriptor) };
    if (status !== FLOCK_CONFLICT) {
      closeSync(descriptor);
      throw new SetupError(
        `flock (Debian package util-linux) is needed to keep two set-ups apart: ${error?.message ?? `exit code ${status}`}`,
      );
    }
    if (attempt === 0) onWait();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}
