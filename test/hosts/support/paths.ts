import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const PLUGIN_FOLDER = join(ROOT, 'build', 'plugins');
export const TEST_PROGRAM_FOLDER = join(ROOT, 'build', 'tests', 'bin');

/** A new scratch folder; the caller removes it. */
export function scratchFolder(name: string): string {
  return mkdtempSync(join(realpathSync(tmpdir()), `grym-${name}-`));
}
