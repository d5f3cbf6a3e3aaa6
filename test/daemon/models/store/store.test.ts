import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LISTENER_PROVIDER } from '../../../../daemon/models/listener/create-server-listener.js';
import { TEMPLATES } from '../../../../daemon/models/planner/templates-planner.js';
import { RESERVED_MODEL_IDS } from '../../../../daemon/models/store/file-names.js';
import { FileModelStore, KNOWN_MODELS } from '../../../../daemon/models/store/index.js';
import { WORKSHOP } from '../../../../daemon/workflow/steps/shared/services.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { FIXTURES, openLibrary, watched, type Bench } from './support/workbench.js';

const folder = temporaryFolders();

let template: string;
beforeAll(async () => {
  template = folder();
  const { library } = await openLibrary(template);
  await library.add({ path: join(FIXTURES, 'clap-mini'), link: false }, watched());
});

async function installed(): Promise<Bench & { readonly modelFolder: string; readonly model: string }> {
  const modelFolder = folder();
  cpSync(template, modelFolder, { recursive: true });
  return { ...(await openLibrary(modelFolder)), modelFolder, model: join(modelFolder, 'clap-mini') };
}

test('no folder yet: no models, and nothing is made', async () => {
  const { store } = await openLibrary(join(folder(), 'later'));
  expect([store.list(), store.problems(), store.kept()]).toEqual([[], [], []]);
});

test.each<[string, (model: string) => void, RegExp]>([
  ['a file that is gone', (model) => rmSync(join(model, 'config.json')), /^config\.json is missing$/],
  [
    'a file that is shorter',
    (model) => truncateSync(join(model, 'onnx/text_model.onnx'), 5),
    /^onnx\/text_model\.onnx has 5 bytes, and 280031 were installed$/,
  ],
  [
    'a link in place of a file',
    (model) => (renameSync(join(model, 'config.json'), join(model, 'c')), symlinkSync(join(model, 'c'), join(model, 'config.json'))),
    /^config\.json is not a plain file$/,
  ],
  ['no manifest', (model) => rmSync(join(model, 'grym-model.json')), /^grym-model\.json is missing$/],
  ['half a manifest', (model) => truncateSync(join(model, 'grym-model.json'), 40), /^grym-model\.json is not JSON$/],
  [
    'a manifest that leads out of the folder',
    (model) => rewrite(model, (text) => text.replace('"config.json"', '"../../config.json"')),
    /it leads out of the folder/,
  ],
  [
    'a manifest of another model',
    (model) => rewrite(model, (text) => text.replace('"id": "clap-mini"', '"id": "other"')),
    /of the model other/,
  ],
])('%s: it is no model, and is reported by name', async (_, damage, words) => {
  const { store, model } = await installed();
  expect(store.list()).toHaveLength(1);
  damage(model);
  expect(store.list()).toEqual([]);
  expect(store.problems()).toEqual([{ id: 'clap-mini', folder: model, reason: expect.stringMatching(words) }]);
});

function rewrite(model: string, change: (text: string) => string): void {
  const path = join(model, 'grym-model.json');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

test('what a person does to the folder is noticed when it is looked at again', async () => {
  const { store, model } = await installed();
  let changes = 0;
  const stop = store.onChange(() => (changes += 1));
  store.refresh();
  rmSync(model, { recursive: true });
  store.refresh();
  store.refresh();
  expect(changes).toBe(1);
  stop();
});

test('a listener that fails keeps no other from hearing, and is written down', async () => {
  const { modelFolder, model } = await installed();
  const warnings: unknown[] = [];
  const store = await FileModelStore.open(modelFolder, { warn: (_message, details) => void warnings.push(details?.['error']) });
  const error = new Error('the first listener has failed');
  let heard = 0;
  store.onChange(() => {
    throw error;
  });
  store.onChange(() => (heard += 1));
  rmSync(model, { recursive: true });
  store.refresh();
  expect([heard, warnings]).toEqual([1, [error]]);
});

test.each(RESERVED_MODEL_IDS)('a folder with the name of a built-in provider is a problem, not a model: %s', async (id) => {
  const { store, modelFolder, model } = await installed();
  renameSync(model, join(modelFolder, id));
  rewrite(join(modelFolder, id), (text) => text.replace('"id": "clap-mini"', `"id": "${id}"`));
  expect([store.list(), store.manifest(id)]).toEqual([[], null]);
  expect(store.problems()).toMatchObject([{ id, reason: expect.stringContaining(`the name ${id} is taken`) }]);
});

test('names of built-in providers are reserved, and no model that can be pulled has one', () => {
  expect(RESERVED_MODEL_IDS).toEqual(expect.arrayContaining([TEMPLATES, LISTENER_PROVIDER, WORKSHOP]));
  expect(KNOWN_MODELS.filter(({ id }) => RESERVED_MODEL_IDS.includes(id))).toEqual([]);
});

test('folders that have nothing to do with models are left alone', async () => {
  const { store, modelFolder } = await installed();
  for (const name of ['.hidden', 'Not A Model', '.installing']) mkdirSync(join(modelFolder, name), { recursive: true });
  expect([store.list().length, store.problems().length]).toEqual([1, 0]);
});

test('the version is that of the content: the same files under another name have the same', async () => {
  const { store, library } = await installed();
  await library.add({ path: join(FIXTURES, 'clap-mini'), link: false, id: 'again' }, watched());
  const [a, b] = store.list();
  expect(a?.version).toBe(b?.version);
});
