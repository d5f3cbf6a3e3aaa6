import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GrymError } from '../../../../daemon/kernel/index.js';
import type { InstalledModel } from '../../../../daemon/models/store/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { FIXTURES, openLibrary, watched, type Bench } from './support/workbench.js';

const folder = temporaryFolders();
let bench: Bench;
let model: InstalledModel;

beforeEach(async () => {
  bench = await openLibrary(folder(), undefined, {
    servers: () => [{ role: 'planner', address: 'http://127.0.0.1:1/v1', probe: async () => ['it plans'] }],
  });
  await bench.library.add({ path: join(FIXTURES, 'clap-mini'), link: false }, watched());
  model = bench.store.list()[0] as InstalledModel;
});

test('files are checked, then the model is loaded in a host and runs once', async () => {
  const asked = watched();
  expect(await bench.library.examine(model, asked)).toMatchObject({ state: 'works', works: ['it answers'], error: null });
  expect(bench.hosts.calls).toEqual([`clap-mini probe ${model.path}`]);
  expect(asked.stages).toContain('checking the files of clap-mini');
});

test('one bit that has changed is found, the file named, and nothing loaded', async () => {
  const path = join(model.path, 'onnx', 'audio_model.onnx');
  const content = readFileSync(path);
  content[1_000] = (content[1_000] ?? 0) ^ 1;
  writeFileSync(path, content);
  const { state, error } = await bench.library.examine(model, watched());
  expect([state, error?.code, error?.message]).toEqual([
    'damaged',
    'GRYM_MODEL_FILE_DAMAGED',
    expect.stringContaining('onnx/audio_model.onnx'),
  ]);
  expect(bench.hosts.calls).toEqual([]);
});

test('a model that does not load is a finding, not a failure of the doctor', async () => {
  bench.hosts.answer = () => Promise.reject(new GrymError('GRYM_MODEL_FAULT', { model: 'clap-mini', reason: 'it computes nonsense' }));
  expect(await bench.library.examine(model, watched())).toMatchObject({ state: 'fails', works: [], error: { code: 'GRYM_MODEL_FAULT' } });
});

test('whoever cancels does not want findings', async () => {
  const controller = new AbortController();
  bench.hosts.answer = () => Promise.reject(new GrymError('GRYM_CANCELLED', { what: 'trying' }));
  await expect(bench.library.examine(model, watched(controller.signal))).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('servers are asked too', async () => {
  const [server] = bench.library.servers;
  if (server === undefined) throw new Error('no server');
  expect(await bench.library.ask(server, new AbortController().signal)).toMatchObject({ state: 'works', works: ['it plans'] });
  const silent = {
    ...server,
    probe: () => Promise.reject(new GrymError('GRYM_SERVER_UNREACHABLE', { url: server.address, reason: 'refused' })),
  };
  expect(await bench.library.ask(silent, new AbortController().signal)).toMatchObject({
    state: 'fails',
    error: { code: 'GRYM_SERVER_UNREACHABLE' },
  });
});
