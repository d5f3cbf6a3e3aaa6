import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { inProject, projectRoot } from '../../scripts/setup/project.mjs';

const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: projectRoot, encoding: 'utf8' });
const files = listed.stdout.split('\0').filter((file) => file !== '' && existsSync(inProject(file)) && statSync(inProject(file)).isFile());

const isText = (content: Buffer) => !content.subarray(0, 8000).includes(0);

/** `file:line` of every line that matches, so that a failure says where. */
function linesThatMatch(pattern: RegExp, skip: readonly string[] = []): string[] {
  return files
    .filter((file) => !skip.includes(file))
    .flatMap((file) => {
      const content = readFileSync(inProject(file));
      if (!isText(content)) return [];
      const lines = content.toString('utf8').split('\n');
      return lines.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : []));
    });
}

describe('tracked files', () => {
  it('are found', () => {
    expect(files).toContain('package-lock.json');
  });

  it('name no folder of the machine they were written on', () => {
    // Put together here, so that this file does not name one either.
    const folders = [projectRoot, homedir(), ['', 'work', ''].join('/'), ['', 'root', ''].join('/')].map((folder) =>
      folder.replace(/\/$/, ''),
    );
    const names = [...new Set(folders)].map((folder) => folder.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    expect(linesThatMatch(new RegExp(`(^|[\\s"'\`=(:])(${names.join('|')})/`))).toEqual([]);
  });

  it('name no package registry', () => {
    const hosts = ['registry.npmjs', 'registry.yarnpkg', 'deb.debian', 'archive.ubuntu', 'ftp.debian', 'npm.pkg.github'];
    expect(
      linesThatMatch(new RegExp(hosts.map((host) => host.replaceAll('.', '\\.')).join('|')), ['test/setup/tracked-files.test.ts']),
    ).toEqual([]);
  });

  it('hold no address of a downloaded package in the lock file, and its root agrees with package.json', () => {
    type Manifest = { dependencies: object; devDependencies: object; engines: object };
    const lock = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')) as {
      packages: Record<string, Manifest & { resolved?: string }>;
    };
    const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as Manifest;
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    const { dependencies, devDependencies, engines } = lock.packages['']!;
    expect({ dependencies, devDependencies, engines }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      engines: manifest.engines,
    });
  });
});
