import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubServer } from '../../../servers/hub-server.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { ACCEPTED, fixtureFiles, MINI, openLibrary, QUICK, watched } from './support/workbench.js';

const folder = temporaryFolders();
const FILES = fixtureFiles('clap-mini');
const TOTAL = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);
const AUDIO = 'onnx/audio_model.onnx';
const TEXT = 'onnx/text_model.onnx';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
  hub.upload('someone/clap-mini', FILES);
});
afterEach(() => hub.stop());

/** What an installed model must be: every byte of every file. */
function expectWhole(modelFolder: string, files: Readonly<Record<string, Buffer>> = FILES): void {
  for (const [path, content] of Object.entries(files))
    expect(readFileSync(join(modelFolder, 'clap-mini', path)).equals(content)).toBe(true);
}

/** Nothing that could be taken for a model. */
function expectNothing(modelFolder: string): void {
  expect(existsSync(join(modelFolder, 'clap-mini'))).toBe(false);
  expect(readdirSync(modelFolder).filter((name) => !name.startsWith('.'))).toEqual([]);
}

test('a model is fetched, checked and installed whole, with its commit and licence written down', async () => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder, hub.address);
  const changes: string[] = [];
  store.onChange(() =>
    changes.push(
      store
        .list()
        .map(({ id }) => id)
        .join(),
    ),
  );
  const pulled = await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
  expect(pulled?.fetchedBytes).toBe(TOTAL);
  expect(changes).toEqual(['clap-mini']);
  expect(store.list()).toMatchObject([
    { id: 'clap-mini', kind: 'clap', roles: ['embedder'], licence: 'Apache-2.0', path: join(modelFolder, 'clap-mini') },
  ]);
  expect(store.manifest('clap-mini')).toMatchObject({
    source: { type: 'hub', address: hub.address, repository: 'someone/clap-mini', commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
    licence: { name: 'Apache-2.0', acceptedAtMs: expect.any(Number) },
    files: expect.arrayContaining([
      {
        path: AUDIO,
        bytes: FILES[AUDIO]?.length,
        sha256: createHash('sha256')
          .update(FILES[AUDIO] ?? '')
          .digest('hex'),
      },
    ]),
  });
});

test('one that is installed is not fetched again, unless it is asked for', async () => {
  const modelFolder = folder();
  const { library, hosts, store } = await openLibrary(modelFolder, hub.address);
  await library.pull(MINI, ACCEPTED, watched());
  const before = hub.servedBytes;
  expect(await library.pull(MINI, ACCEPTED, watched())).toBeNull();
  expect(hub.servedBytes).toBe(before);
  const [old] = store.list();
  const changed = { ...FILES, [AUDIO]: FILES['onnx/text_model.onnx'] ?? Buffer.alloc(0) };
  hub.upload('someone/clap-mini', changed);
  const versions: (string | undefined)[] = [];
  hosts.onExchange = () => void versions.push(store.list()[0]?.version);
  await library.pull(MINI, { ...ACCEPTED, again: true }, watched());
  expectWhole(modelFolder, changed);
  expect(hosts.unloaded).toContain('clap-mini');
  // Calls wait until the new one is what is installed.
  const [current] = store.list();
  expect(current?.version).not.toBe(old?.version);
  expect(versions).toEqual([old?.version, current?.version]);
});

test('connections that are cut at random points: it goes on from there, and no byte is fetched twice', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  let cuts = 0;
  hub.faults.cutAfter = ({ bytes }) => (bytes > 50_000 && (cuts += 1) < 60 ? 20_000 + Math.floor(Math.random() * 100_000) : null);
  await library.pull(MINI, ACCEPTED, watched());
  expect(cuts).toBeGreaterThan(5);
  expectWhole(modelFolder);
  // What lies in a socket when it is cut is sent and lost.
  expect(hub.servedBytes).toBeLessThan(TOTAL * 1.6);
});

test('a hub that cuts every connection before the first byte is given up after some tries, and what was there is kept', async () => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder, hub.address);
  hub.faults.cutAfter = ({ path, start }) => (path === AUDIO ? Math.max(0, 300_000 - start) : null);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_SOURCE_FAILED',
    message: expect.stringContaining(AUDIO),
  });
  expectNothing(modelFolder);
  expect(store.kept()[0]?.bytes).toBeGreaterThan(300_000);
  const before = hub.served.get(AUDIO) ?? 0;
  hub.faults = {};
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
  expect((hub.served.get(AUDIO) ?? 0) - before).toBeLessThan((FILES[AUDIO]?.length ?? 0) - 200_000);
});

test('bytes that were damaged on their way are fetched once more', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  let damaged = 0;
  hub.faults.corrupt = (path) => path === AUDIO && (damaged += 1) === 1;
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
  expect(hub.served.get(AUDIO)).toBe(2 * (FILES[AUDIO]?.length ?? 0));
});

test.each([AUDIO, 'config.json'])('a file that is damaged at the source is named, and nothing is installed: %s', async (path) => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder, hub.address);
  hub.faults.corrupt = (served) => served === path;
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_FILE_DAMAGED',
    message: expect.stringContaining(`The file ${path} of the model clap-mini is damaged`),
  });
  expectNothing(modelFolder);
  expect(store.list()).toEqual([]);
});

test('a file that is shorter than announced is named, and nothing is installed', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  hub.faults.truncate = (path) => (path === AUDIO ? 1_000 : 0);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_FILE_DAMAGED',
    message: expect.stringMatching(/onnx\/audio_model\.onnx.*serves \d+ bytes of it, and \d+ were announced/),
  });
  expectNothing(modelFolder);
});

test('what was changed at the source meanwhile is begun anew; the rest goes on', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  hub.faults.cutAfter = ({ path, start }) => (path === TEXT ? Math.max(0, 100_000 - start) : null);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({ code: 'GRYM_MODEL_SOURCE_FAILED' });
  hub.faults = {};
  const changed = { ...FILES, [TEXT]: Buffer.concat([FILES[TEXT] ?? Buffer.alloc(0), Buffer.from([0x08, 0x08])]) };
  hub.upload('someone/clap-mini', { [TEXT]: changed[TEXT] });
  const before = { audio: hub.served.get(AUDIO), text: hub.served.get(TEXT) ?? 0 };
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder, changed);
  expect(hub.served.get(AUDIO)).toBe(before.audio);
  expect((hub.served.get(TEXT) ?? 0) - before.text).toBe(changed[TEXT].length);
});

test('a server that ignores ranges cannot glue the beginning to the middle', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  let cuts = 0;
  hub.faults.cutAfter = ({ path }) => {
    if (path !== AUDIO || (cuts += 1) > 1) return null;
    hub.faults.ignoreRanges = true;
    return 200_000;
  };
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
  expect(cuts).toBeGreaterThan(1);
});

test('a connection on which nothing arrives is given up, and the next goes on', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address, { patience: { ...QUICK, stalledMs: 800, failuresInRow: 50 } });
  let stalls = 0;
  hub.faults.stallAfter = ({ path }) => (path === AUDIO && (stalls += 1) === 1 ? 200_000 : null);
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
});

test.each([
  [401, 'GRYM_MODEL_SOURCE_REFUSED', /an account that has accepted its terms/],
  [404, 'GRYM_MODEL_SOURCE_REFUSED', /no such repository/],
  [503, 'GRYM_MODEL_SOURCE_FAILED', /HTTP 503/],
])('HTTP %d is %s', async (status, code, words) => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  hub.faults.refuse = (what) => (what === 'resolve' ? { status } : null);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  expectNothing(modelFolder);
  hub.faults.refuse = (what) => (what === 'api' ? { status } : null);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});

test('a file without content is installed too', async () => {
  const modelFolder = folder();
  const files = { ...FILES, 'notes.txt': Buffer.alloc(0) };
  const model = { ...MINI, source: { ...MINI.source, files: Object.keys(files) } } as typeof MINI;
  hub.upload('someone/clap-mini', files);
  const { library, store } = await openLibrary(modelFolder, hub.address);
  await library.pull(model, ACCEPTED, watched());
  expectWhole(modelFolder, files);
  expect(store.list()).toHaveLength(1);
});

test('a hub that is overrun is waited for', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder, hub.address);
  let refusals = 0;
  hub.faults.refuse = () => ((refusals += 1) <= 3 || refusals === 10 ? { status: 429, retryAfter: 0.01 } : null);
  await library.pull(MINI, ACCEPTED, watched());
  expectWhole(modelFolder);
});

test('no hub at all', async () => {
  const { library } = await openLibrary(folder(), 'http://127.0.0.1:1');
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({ code: 'GRYM_MODEL_SOURCE_FAILED', kind: 'transient' });
});

test('cancelling says that what is there is kept, and it is', async () => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder, hub.address);
  hub.faults.slow = { bytes: 50_000, pauseMs: 30 };
  const controller = new AbortController();
  const asked = { ...watched(controller.signal), progress: (fraction: number) => void (fraction > 0.5 && controller.abort()) };
  await expect(library.pull(MINI, ACCEPTED, asked)).rejects.toMatchObject({
    code: 'GRYM_CANCELLED',
    message: expect.stringMatching(/kept, and the same command goes on from there/),
  });
  expectNothing(modelFolder);
  const kept = store.kept()[0]?.bytes ?? 0;
  expect(kept).toBeGreaterThan(TOTAL / 3);
  const before = hub.servedBytes;
  hub.faults = {};
  const pulled = await library.pull(MINI, ACCEPTED, watched());
  expect(pulled?.fetchedBytes).toBe(TOTAL - kept);
  expect(hub.servedBytes - before).toBe(TOTAL - kept);
  expectWhole(modelFolder);
});

test('two pulls of one model: the second is told who is at work', async () => {
  const modelFolder = folder();
  const first = await openLibrary(modelFolder, hub.address);
  const second = await openLibrary(modelFolder, hub.address);
  hub.faults.slow = { bytes: 200_000, pauseMs: 5 };
  const pulling = first.library.pull(MINI, ACCEPTED, watched());
  await expect(second.library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_BUSY',
    message: expect.stringContaining(String(process.pid)),
  });
  await pulling;
  expect(second.store.list()).toHaveLength(1);
});

test('a hub whose tree leads out of the folder gives nothing', async () => {
  const modelFolder = folder();
  const evil = { ...MINI, source: { ...MINI.source, files: [...Object.keys(FILES), '../../escaped.json'] } } as typeof MINI;
  hub.upload('someone/clap-mini', { '../../escaped.json': '{}' });
  const { library } = await openLibrary(modelFolder, hub.address);
  await expect(library.pull(evil, ACCEPTED, watched())).rejects.toMatchObject({ code: 'GRYM_MODEL_SOURCE_REFUSED' });
  expect(existsSync(join(modelFolder, '..', 'escaped.json'))).toBe(false);
});

test('what does not fit on the disk is not begun', async () => {
  const { library } = await openLibrary(folder(), hub.address);
  hub.faults.announce = (path) => (path === AUDIO ? 10 ** 15 : null);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_SPACE',
    message: expect.stringMatching(/needs 1000000\d+ MB more in .*, and \d+ MB are free/),
  });
  expect(hub.servedBytes).toBe(0);
});

test('a model folder that cannot be made is told as such', async () => {
  const file = join(folder(), 'a file');
  writeFileSync(file, '');
  const { library } = await openLibrary(join(file, 'models'), hub.address);
  await expect(library.pull(MINI, ACCEPTED, watched())).rejects.toMatchObject({ code: 'GRYM_MODEL_FOLDER_UNWRITABLE' });
});
