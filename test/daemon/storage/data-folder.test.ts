import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { assertWritable, lockDataFolder } from '../../../daemon/storage/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();

function lockInAnotherProcess(path: string, code: string): string {
  const script = `
    const { lockDataFolder } = await import('./daemon/storage/index.ts');
    try { lockDataFolder(process.env.FOLDER); console.log('locked'); ${code} }
    catch (error) { console.log(error.code, error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', FOLDER: path },
    encoding: 'utf8',
  });
  return stdout.trim() + stderr;
}

test('two daemons on one folder: the second is told which process holds it', async () => {
  const path = join(folder(), 'new/data');
  const lock = lockDataFolder(path);
  const message = `GRYM_LIBRARY_IN_USE The library ${path} is in use by another daemon (process ${process.pid}).`;
  expect(lockInAnotherProcess(path, '')).toBe(message);
  expect(thrownBy(() => lockDataFolder(path))).toMatchObject({ code: 'GRYM_LIBRARY_IN_USE' });
  await lock.dispose();
  expect(lockInAnotherProcess(path, '')).toBe('locked');
});

test('the lock of a daemon that was killed is free', async () => {
  const path = folder();
  expect(lockInAnotherProcess(path, "process.kill(process.pid, 'SIGKILL')")).toBe('locked');
  await lockDataFolder(path).dispose();
});

describe('a library that cannot be written', () => {
  const unwritable = (reason: string): unknown =>
    expect.objectContaining({ code: 'GRYM_LIBRARY_UNWRITABLE', kind: 'resource', message: expect.stringContaining(reason) as string });

  test('since a file is in the way', () => {
    const base = folder();
    writeFileSync(join(base, 'file'), '');
    expect(thrownBy(() => lockDataFolder(join(base, 'file', 'data')))).toEqual(unwritable('a part of the path is a file, not a folder'));
  });

  test('since there is too little space', () => {
    expect(thrownBy(() => assertWritable(folder(), 2 ** 60))).toEqual(unwritable('KiB are needed'));
  });

  test('since the folder is gone', () => {
    expect(thrownBy(() => assertWritable(join(folder(), 'gone')))).toEqual(unwritable('the folder is not there and cannot be made'));
  });

  test('since its file system refuses', () => {
    expect(thrownBy(() => lockDataFolder('/sys/grym-synth'))).toEqual(unwritable('The library cannot be written at /sys/grym-synth'));
  });
});
