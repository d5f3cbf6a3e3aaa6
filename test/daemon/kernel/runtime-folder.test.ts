import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareRuntimeFolder } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();
const unsafe = (reason: RegExp): unknown =>
  expect.objectContaining({ code: 'GRYM_RUNTIME_FOLDER_UNSAFE', message: expect.stringMatching(reason) as string });

test('is made for its owner only, whatever the umask, and closed where it was open', () => {
  const path = join(folder(), 'a/grym-synth');
  const umask = process.umask(0);
  try {
    prepareRuntimeFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o755);
    prepareRuntimeFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(umask);
  }
});

test('a link or a file in its place is refused', () => {
  const base = folder();
  mkdirSync(join(base, 'elsewhere'));
  symlinkSync(join(base, 'elsewhere'), join(base, 'link'));
  expect(thrownBy(() => prepareRuntimeFolder(join(base, 'link')))).toEqual(unsafe(/not a folder/));
  writeFileSync(join(base, 'file'), '');
  expect(thrownBy(() => prepareRuntimeFolder(join(base, 'file')))).toEqual(unsafe(/EEXIST|not a folder/));
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot('a folder of another user is refused', () => {
  const path = join(folder(), 'theirs');
  mkdirSync(path);
  chownSync(path, 12_345, 12_345);
  expect(thrownBy(() => prepareRuntimeFolder(path))).toEqual(unsafe(/belongs to user 12345/));
});
