// A stamp says from what a part was built. A part is up to date when its stamp equals the digest of its inputs and its outputs exist.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * All files under the given files and folders whose paths `accept` takes, sorted, relative to `root`. Missing ones count as empty.
 * @param {string} root @param {string[]} paths @param {(path: string) => boolean} accept
 * @returns {string[]}
 */
export function listFiles(root, paths, accept = (path) => path !== '') {
  const found = [];
  const visit = (path) => {
    const entry = statSync(path, { throwIfNoEntry: false });
    if (entry?.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    else if (entry?.isFile() && accept(path)) found.push(relative(root, path).split(sep).join('/'));
  };
  for (const path of paths) visit(join(root, path));
  return [...new Set(found)].sort();
}

/**
 * Digest of names and contents of files, and of facts (versions, settings) that are no files.
 * @param {string} root @param {string[]} files @param {Record<string, unknown>} facts
 */
export function digest(root, files, facts = {}) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  hash.update(JSON.stringify(Object.entries(facts).sort()));
  return hash.digest('hex');
}

/** Stamps of all parts in one folder. `begin` and `finish` bracket a build, so that one that was killed is seen. */
export class Stamps {
  constructor(folder) {
    this.folder = folder;
  }

  isCurrent(part, wanted, outputs) {
    const path = join(this.folder, part);
    return existsSync(path) && readFileSync(path, 'utf8').trim() === wanted && outputs.every((output) => existsSync(output));
  }

  /** True where an earlier build of this part began and neither finished nor failed in order: its half-made files cannot be trusted. */
  wasInterrupted(part) {
    return existsSync(join(this.folder, `${part}.running`));
  }

  begin(part) {
    mkdirSync(this.folder, { recursive: true });
    rmSync(join(this.folder, part), { force: true });
    writeFileSync(join(this.folder, `${part}.running`), `${process.pid}\n`);
  }

  finish(part, stamp) {
    mkdirSync(this.folder, { recursive: true });
    const temporary = join(this.folder, `${part}.new`);
    writeFileSync(temporary, `${stamp}\n`);
    renameSync(temporary, join(this.folder, part));
    this.abandon(part);
  }

  /** The build failed and its tools have ended by themselves: what they left is consistent. */
  abandon(part) {
    rmSync(join(this.folder, `${part}.running`), { force: true });
  }
}
