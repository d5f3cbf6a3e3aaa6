import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Folders that are gone after the tests: call in a describe block or at a file's top. Only at the end, since `afterEach` hooks run in
 * the order they stand in: what a later one closes may still write.
 */
export function temporaryFolders(): () => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'grym-test-'));
    folders.push(folder);
    return folder;
  };
}
