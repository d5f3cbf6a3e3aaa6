import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimePackages, testPackages } from '../../scripts/setup/packages.mjs';
import { EXIT, SetupError } from '../../scripts/setup/project.mjs';
import { authorise, installPackages, missingPackages, notDebianMessage, whoInstalls } from '../../scripts/setup/system-packages.mjs';

describe('system packages', () => {
  const path = process.env['PATH'];
  let folder: string;

  /** Puts a command in front of the real ones; each call is recorded with its arguments. */
  const fakeCommand = (name: string, body: string) => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${body}\n`);
    chmodSync(file, 0o755);
  };
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  const asUser = { userId: 1000, onTerminal: false };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-apt-'));
    process.env['PATH'] = `${folder}:${path}`;
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    { userId: 0, hasSudo: false, onTerminal: false, passwordless: false, who: 'root' },
    { userId: 0, hasSudo: true, onTerminal: true, passwordless: true, who: 'root' },
    { userId: 1000, hasSudo: true, onTerminal: true, passwordless: false, who: 'sudo' },
    { userId: 1000, hasSudo: true, onTerminal: false, passwordless: true, who: 'sudo -n' },
    { userId: 1000, hasSudo: true, onTerminal: false, passwordless: false, who: 'nobody' },
    { userId: 1000, hasSudo: false, onTerminal: true, passwordless: true, who: 'nobody' },
  ])('are installed by $who where user $userId has sudo: $hasSudo, terminal: $onTerminal, no password: $passwordless', (row) => {
    const { userId, hasSudo, onTerminal, passwordless, who } = row;
    expect(whoInstalls({ userId, hasSudo, onTerminal, sudoNeedsNoPassword: () => passwordless })).toBe(who);
  });

  it('asks sudo without a terminal never to ask', () => {
    fakeCommand('sudo', 'exit 0');
    expect(authorise(['make'], asUser)).toBe('sudo -n');
    expect(calls()).toEqual(['sudo -n true']);
  });

  it('prints the exact command and ends with 3 where nobody may install', () => {
    fakeCommand('sudo', 'exit 1');
    expect.assertions(3);
    try {
      authorise(['make', 'g++'], asUser);
    } catch (error) {
      expect(error).toBeInstanceOf(SetupError);
      expect((error as SetupError).exitCode).toBe(EXIT.needsRoot);
      expect((error as SetupError).message).toContain(
        '\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends make g++\n',
      );
    }
  });

  it('updates the lists first, waits for locks, installs without recommendations and questions', async () => {
    fakeCommand('dpkg', 'exit 0');
    fakeCommand('apt-get', 'test "$DEBIAN_FRONTEND" = noninteractive');
    await installPackages('root', ['make'], { warn: fail, log: 'test-packages' });
    expect(calls()).toEqual([
      'dpkg --audit',
      'apt-get -o DPkg::Lock::Timeout=600 update',
      'apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends make',
    ]);
  });

  it('finishes an installation that was killed before it begins its own', async () => {
    fakeCommand('dpkg', '[ "$1" = --audit ] && echo "half configured: cmake"; exit 0');
    fakeCommand('apt-get', 'exit 0');
    await installPackages('root', ['make'], { warn: fail, log: 'test-packages' });
    expect(calls().slice(0, 2)).toEqual(['dpkg --audit', 'dpkg --configure -a']);
  });

  it('goes on after a failed update, and fails with the end of the log where the installation fails', async () => {
    fakeCommand('dpkg', 'exit 0');
    fakeCommand('apt-get', 'echo "E: Unable to locate package"; exit 100');
    const warnings: string[] = [];
    const attempt = installPackages('root', ['make'], { warn: (line: string) => warnings.push(line), log: 'test-packages' });
    await expect(attempt).rejects.toThrow(/exit code 100[^]*E: Unable to locate package[^]*To try by hand: sudo apt-get update/);
    expect(warnings).toHaveLength(1);
  });

  it('are missing unless dpkg calls them installed', () => {
    const list = ['make', 'cmake', 'ardour'].map((name) => ({ name, why: 'x', megabytes: 1 }));
    fakeCommand('dpkg-query', 'echo "ii  make"; echo "rc  cmake"; echo "no packages found matching ardour" >&2; exit 1');
    expect(missingPackages(list).map(({ name }: { name: string }) => name)).toEqual(['cmake', 'ardour']);
  });

  it('are listed with their reasons on a system without apt-get', () => {
    const message = notDebianMessage(runtimePackages);
    for (const { name, why } of runtimePackages) expect(message).toMatch(new RegExp(`${name.replaceAll('+', '\\+')} +${why.slice(0, 10)}`));
  });

  it('stand in two lists that do not overlap, each with a reason and a size', () => {
    const names = [...runtimePackages, ...testPackages].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { why, megabytes } of [...runtimePackages, ...testPackages]) {
      expect(why.length).toBeGreaterThan(10);
      expect(megabytes).toBeGreaterThan(0);
    }
  });
});

function fail(line: string): never {
  throw new Error(`unexpected warning: ${line}`);
}
