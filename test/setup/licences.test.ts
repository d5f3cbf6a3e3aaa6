import { existsSync, readFileSync } from 'node:fs';
import { inProject } from '../../scripts/setup/project.mjs';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const PERMISSIVE = [
  'MIT',
  'ISC',
  'BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
];

// The manifests of these state no single licence of the list; what their licence files say was read.
const READ_BY_HAND: Readonly<Record<string, string>> = { osc: 'MIT' };

// LGPL libraries of their own, loaded dynamically: libvips, which the tokenisers' package asks for and nothing here calls.
const LOADED_DYNAMICALLY = /^@img\/sharp-/;

/** One licence of an `A OR B` expression is enough; every one of `A AND B` is needed. */
function isPermissive(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => PERMISSIVE.includes(licence.trim())));
}

describe('licences', () => {
  const lock = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> };

  it('of the project itself: MIT', () => {
    const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { license: string };
    expect(manifest.license).toBe('MIT');
    expect(readFileSync(inProject('LICENSE'), 'utf8')).toMatch(/^MIT License[^]*Permission is hereby granted, free of charge/);
  });

  it('of every npm package that the daemon runs with are permissive', () => {
    const strangers = Object.entries(lock.packages)
      .filter(([path, entry]) => path !== '' && entry.dev !== true)
      .map(([path, entry]) => ({
        name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
        path,
        licence: entry.license ?? '',
      }))
      .filter(({ name, licence }) => !LOADED_DYNAMICALLY.test(name) && !isPermissive(READ_BY_HAND[name] ?? licence));
    expect(strangers).toEqual([]);
  });

  it('read by hand are still what was read', () => {
    for (const [name, licence] of Object.entries(READ_BY_HAND)) {
      const texts = ['MIT-LICENSE.txt', 'LICENSE', 'LICENSE.txt', 'LICENSE.md']
        .map((file) => inProject('node_modules', name, file))
        .filter(existsSync);
      expect(texts.map((file) => readFileSync(file, 'utf8')).join('\n')).toContain(licence);
    }
  });

  it('are understood as expressions', () => {
    expect(isPermissive('(GPL-2.0 OR MIT)')).toBe(true);
    expect(isPermissive('MIT AND LGPL-3.0')).toBe(false);
    expect(isPermissive('')).toBe(false);
  });
});
