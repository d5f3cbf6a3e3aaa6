import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { temporaryFolders } from '../../doubles/temporary-folder.js';

/** Which renames and removals fail, as on a disk with an error. */
let failing: (what: 'rename' | 'rm', from: string, to: string) => boolean = () => false;

function failed(): Error {
  return Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
}

jest.unstable_mockModule('node:fs/promises', () => ({
  ...files,
  rename: async (from: string, to: string) => {
    if (failing('rename', from, to)) throw failed();
    return files.rename(from, to);
  },
  rm: async (path: string, options: object) => {
    if (failing('rm', path, '')) throw failed();
    return files.rm(path, options);
  },
}));
const { HubServer } = await import('../../../servers/hub-server.js');
const { ACCEPTED, fixtureFiles, MINI, openLibrary, watched } = await import('./support/workbench.js');

const folder = temporaryFolders();
const OLD = fixtureFiles('clap-mini');
const CONFIG = 'config.json';
const NEW = { ...OLD, [CONFIG]: Buffer.concat([OLD[CONFIG] ?? Buffer.alloc(0), Buffer.from('\n')]) };

let hub: Awaited<ReturnType<typeof HubServer.start>>;
beforeEach(async () => {
  failing = () => false;
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

/** A model that is installed, and a newer one at the hub. */
async function aboutToReplace() {
  const modelFolder = folder();
  hub.upload('someone/clap-mini', OLD);
  const { library, store } = await openLibrary(modelFolder, hub.address);
  await library.pull(MINI, ACCEPTED, watched());
  hub.upload('someone/clap-mini', NEW);
  const pullAgain = () => library.pull(MINI, { ...ACCEPTED, again: true }, watched());
  const target = join(modelFolder, MINI.id);
  return { store, pullAgain, modelFolder, target, staged: join(modelFolder, '.installing', MINI.id) };
}

const UNWRITABLE = { code: 'GRYM_MODEL_FOLDER_UNWRITABLE', message: expect.stringContaining('the disk reports an error') };

test('where the new model cannot take its place, the old one stands again, and the next process ends what was decided', async () => {
  const { store, pullAgain, modelFolder, target, staged } = await aboutToReplace();
  failing = (what, from, to) => what === 'rename' && from === join(staged, 'files') && to === target;
  await expect(pullAgain()).rejects.toMatchObject(UNWRITABLE);
  expect(store.list()).toHaveLength(1);
  expect(readFileSync(join(target, CONFIG))).toEqual(OLD[CONFIG]);

  failing = () => false;
  const next = await openLibrary(modelFolder, hub.address);
  expect(next.store.list()).toHaveLength(1);
  expect(readFileSync(join(target, CONFIG))).toEqual(NEW[CONFIG]);
  expect(readdirSync(staged).filter((name) => ['files', 'discarded'].includes(name))).toEqual([]);
});

test('where the old one cannot be put back either, the next process installs the new one', async () => {
  const { pullAgain, modelFolder, target } = await aboutToReplace();
  failing = (what, _from, to) => what === 'rename' && to === target;
  await expect(pullAgain()).rejects.toMatchObject(UNWRITABLE);
  expect(existsSync(target)).toBe(false);

  failing = () => false;
  await openLibrary(modelFolder, hub.address);
  expect(readFileSync(join(target, CONFIG))).toEqual(NEW[CONFIG]);
});

test('clearing away that fails hides no error, and is done by the next process', async () => {
  const { pullAgain, modelFolder, target, staged } = await aboutToReplace();
  // The manifest is the last file: before it, nothing is decided.
  failing = (what, from) => (what === 'rm' ? existsSync(join(from, CONFIG)) : from.endsWith('.writing'));
  await expect(pullAgain()).rejects.toMatchObject(UNWRITABLE);
  expect(existsSync(join(staged, 'files', CONFIG))).toBe(true);

  failing = () => false;
  mkdirSync(join(staged, 'discarded'), { recursive: true });
  await openLibrary(modelFolder, hub.address);
  expect(existsSync(join(staged, 'files'))).toBe(false);
  expect(readFileSync(join(target, CONFIG))).toEqual(OLD[CONFIG]);
});
