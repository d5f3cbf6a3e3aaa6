// Where things are. Everything that set-up writes lies under build/ and node_modules/.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const inProject = (...parts) => join(projectRoot, ...parts);

export const buildFolder = inProject('build');
export const logFolder = inProject('build', 'logs');
export const stampFolder = inProject('build', 'stamps');

/** Exit codes of the scripts; the README's table is checked against them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, needsRoot: 3, interrupted: 130 };

/** A failure with a sentence for the user; anything else that is thrown is a bug and shows its stack. */
export class SetupError extends Error {
  constructor(message, exitCode = EXIT.failed) {
    super(message);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
