import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'grym-synth';

function nameOf(packageFile: string): unknown {
  const content: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
  return typeof content === 'object' && content !== null && 'name' in content ? content.name : undefined;
}

/** The folder of grym-synth's package.json, from sources and from build/js alike. */
export function findPackageRoot(from: string = import.meta.url): string {
  const start = from.startsWith('file:') ? dirname(fileURLToPath(from)) : from;
  for (let folder = start; ; folder = dirname(folder)) {
    const packageFile = join(folder, 'package.json');
    if (existsSync(packageFile) && nameOf(packageFile) === PACKAGE_NAME) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of ${PACKAGE_NAME} above ${start}`);
  }
}

export function packageVersion(root: string = findPackageRoot()): string {
  const content: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content && typeof content.version === 'string') {
    return content.version;
  }
  throw new Error(`${join(root, 'package.json')} has no version`);
}
