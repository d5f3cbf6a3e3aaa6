import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import { findPackageRoot } from '../../../daemon/kernel/index.js';

const IMPORT = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)\.js['"]/g;
const ALWAYS = ['daemon', 'protocol'];

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * A program of the tests and the whole daemon as JavaScript, made from the sources as they are now: a process that is started a
 * hundred times must not be translated each time. Lies in build/, so that packages and data files are found as usual.
 */
export class CompiledPrograms {
  readonly folder: string;
  private readonly done = new Set<string>();

  constructor() {
    const parent = join(findPackageRoot(), 'build', 'tests');
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, 'programs-'));
    for (const name of ALWAYS) for (const file of sourcesIn(join(findPackageRoot(), name))) this.translate(file);
  }

  /** Path of the program, with all that it imports beside it. `file`: from the package's root. */
  program(file: string): string {
    return this.translate(join(findPackageRoot(), file));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private translate(file: string): string {
    const target = join(this.folder, relative(findPackageRoot(), file)).replace(/\.ts$/, '.js');
    if (this.done.has(file)) return target;
    this.done.add(file);
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      filename: file,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true },
      module: { type: 'es6' },
    });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
    for (const [, name = ''] of code.matchAll(IMPORT)) this.translate(`${join(dirname(file), name)}.ts`);
    return target;
  }
}
