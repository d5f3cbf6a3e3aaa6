import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest, listFiles, Stamps } from '../../scripts/setup/stamps.mjs';

describe('stamps', () => {
  let folder: string;
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content);
  const sources = () => digest(folder, listFiles(folder, ['source']), {});

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-stamps-'));
    mkdirSync(join(folder, 'source'));
    file('source/a.cpp', 'int a;');
    file('source/b.cpp', 'int b;');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('sees a changed, a renamed, a new and a removed source, and a changed fact', () => {
    const before = sources();
    expect(sources()).toBe(before);
    file('source/a.cpp', 'int c;');
    const changed = sources();
    renameSync(join(folder, 'source/b.cpp'), join(folder, 'source/d.cpp'));
    const renamed = sources();
    file('source/e.cpp', '');
    const added = sources();
    rmSync(join(folder, 'source/a.cpp'));
    const all = [before, changed, renamed, added, sources(), digest(folder, [], { abi: '115' }), digest(folder, [], { abi: '127' })];
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not take content that moved over the border of two files for the same', () => {
    const before = sources();
    file('source/a.cpp', 'int a;i');
    file('source/b.cpp', 'nt b;');
    expect(sources()).not.toBe(before);
  });

  it('counts a part as current only with its stamp and all its outputs', () => {
    const stamps = new Stamps(join(folder, 'stamps'));
    const output = join(folder, 'out.node');
    expect(stamps.isCurrent('native', 'x', [output])).toBe(false);
    stamps.begin('native');
    file('out.node', '');
    expect(stamps.isCurrent('native', 'x', [output])).toBe(false);
    stamps.finish('native', 'x');
    expect(stamps.isCurrent('native', 'x', [output])).toBe(true);
    expect(stamps.isCurrent('native', 'y', [output])).toBe(false);
    rmSync(output);
    expect(stamps.isCurrent('native', 'x', [output])).toBe(false);
  });

  it('tells a build that was killed from one that failed', () => {
    const stamps = new Stamps(join(folder, 'stamps'));
    stamps.begin('plugin');
    expect(stamps.wasInterrupted('plugin')).toBe(true);
    stamps.abandon('plugin');
    expect(stamps.wasInterrupted('plugin')).toBe(false);
    expect(stamps.isCurrent('plugin', 'x', [])).toBe(false);
  });
});
