import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { listFiles } from '../../../scripts/setup/stamps.mjs';
import { findPackageRoot } from '../../../daemon/kernel/index.js';

const ROOT = findPackageRoot();
const COMPILED = join(ROOT, 'build/cache/programs');
const FOLDERS = ['daemon', 'protocol', 'test'];
const isProgram = (path: string): boolean => path.endsWith('.ts') && !/\.(test|d)\.ts$/.test(path);
const compiledPath = (source: string): string => join(COMPILED, source.replace(/\.ts$/, '.js'));

/** Where another file of tests compiles the same one at once, both write the same. */
function compile(source: string): void {
  const { mtime } = statSync(join(ROOT, source));
  const target = compiledPath(source);
  if (statSync(target, { throwIfNoEntry: false })?.mtimeMs === mtime.getTime()) return;
  const { code } = transformFileSync(join(ROOT, source), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true },
    module: { type: 'es6' },
  });
  mkdirSync(dirname(target), { recursive: true });
  const written = `${target}.${process.pid}`;
  writeFileSync(written, code);
  utimesSync(written, mtime, mtime);
  renameSync(written, target);
}

/**
 * The JavaScript of a TypeScript program of the tests, beside that of everything it imports, all as the sources are now: for programs
 * that are started again and again, each time only to be killed. A loader would compile as long as such a program lives.
 */
export function compiledProgram(source: string): string {
  const sources = listFiles(ROOT, FOLDERS, isProgram);
  for (const one of sources) compile(one);
  // Steps and the like are found by looking into folders.
  const wanted = new Set(sources.map(compiledPath));
  for (const old of readdirSync(COMPILED, { recursive: true, encoding: 'utf8' }))
    if (old.endsWith('.js') && !wanted.has(join(COMPILED, old))) rmSync(join(COMPILED, old), { force: true });
  return compiledPath(source);
}
