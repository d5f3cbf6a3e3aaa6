import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { copyFixture, FIXTURES, fixtureFiles, openLibrary, watched } from './support/workbench.js';

const folder = temporaryFolders();
const request = { link: false };

test.each([
  ['audioldm-mini', 'audioldm', ['generator']],
  ['clap-mini', 'clap', ['embedder']],
  ['wav2vec2-mini', 'wav2vec2', ['transcriber', 'embedder']],
])('a folder is known by its files: %s', async (name, kind, roles) => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder);
  const { manifest, leftOut } = await library.add({ ...request, path: join(FIXTURES, name) }, watched());
  expect(manifest).toMatchObject({ id: name, kind, roles, source: { type: 'added', path: join(FIXTURES, name) } });
  expect(leftOut).toEqual(['reference']);
  expect(store.list()).toMatchObject([{ id: name, kind, path: join(modelFolder, name), version: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
  for (const [path, content] of Object.entries(fixtureFiles(name)))
    expect(readFileSync(join(modelFolder, name, path)).equals(content)).toBe(true);
});

test('graphs in another precision will do', async () => {
  const source = copyFixture('wav2vec2-mini', join(folder(), 'quantized'));
  renameSync(join(source, 'onnx', 'model.onnx'), join(source, 'onnx', 'model_quantized.onnx'));
  const { library } = await openLibrary(folder());
  expect((await library.add({ ...request, path: source }, watched())).manifest.roles).toEqual(['transcriber', 'embedder']);
});

test('a wav2vec2 without its letters is an embedder', async () => {
  const source = copyFixture('wav2vec2-mini', join(folder(), 'features'));
  rmSync(join(source, 'vocab.json'));
  const { library } = await openLibrary(folder());
  expect((await library.add({ ...request, path: source }, watched())).manifest.roles).toEqual(['embedder']);
});

test('a GGUF file, alone or in a folder, whatever it is called', async () => {
  const modelFolder = folder();
  const elsewhere = folder();
  const { library, store } = await openLibrary(modelFolder);
  await library.add({ ...request, path: join(FIXTURES, 'planner-mini') }, watched());
  writeFileSync(join(elsewhere, 'My Planner (v2)'), readFileSync(join(FIXTURES, 'planner-mini', 'model.gguf')));
  await library.add({ ...request, path: join(elsewhere, 'My Planner (v2)'), licence: 'MIT' }, watched());
  expect(store.list()).toMatchObject([
    { id: 'my-planner-v2', kind: 'llama', licence: 'MIT', path: join(modelFolder, 'my-planner-v2', 'model.gguf') },
    { id: 'planner-mini', kind: 'llama', roles: ['planner'], path: join(modelFolder, 'planner-mini', 'model.gguf') },
  ]);
  expect(new Set(store.list().map(({ version }) => version)).size).toBe(1);
});

test('links take no space, and are the same file', async () => {
  const source = copyFixture('planner-mini', join(folder(), 'linked'));
  const { library, store } = await openLibrary(folder());
  await library.add({ path: source, link: true }, watched());
  expect(statSync(store.list()[0]?.path ?? '').ino).toBe(statSync(join(source, 'model.gguf')).ino);
});

test('everything that is missing is named at once', async () => {
  const source = copyFixture('audioldm-mini', join(folder(), 'half'));
  for (const path of ['unet/model.onnx', 'vocoder/config.json']) rmSync(join(source, path));
  const { library, store } = await openLibrary(folder());
  await expect(library.add({ ...request, path: source }, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_FOLDER_INVALID',
    message: expect.stringContaining('it looks like audioldm, and unet/model.onnx, vocoder/config.json are missing'),
  });
  expect(store.list()).toEqual([]);
});

test.each([
  ['clap-mini', 'onnx/audio_model.onnx', /audio_model\.onnx cannot be used: it is cut off/],
  ['wav2vec2-mini', 'vocab.json', /vocab\.json cannot be used: it is not JSON, or cut off/],
  ['planner-mini', 'model.gguf', /model\.gguf cannot be used: it is cut off/],
])('a file that is cut off is named: %s/%s', async (name, path, words) => {
  const source = copyFixture(name, join(folder(), 'cut'));
  truncateSync(join(source, path), Math.floor(statSync(join(source, path)).size * 0.6));
  const { library } = await openLibrary(folder());
  await expect(library.add({ ...request, path: source }, watched())).rejects.toMatchObject({ message: expect.stringMatching(words) });
});

test('what is no graph is named', async () => {
  const source = copyFixture('clap-mini', join(folder(), 'wrong'));
  writeFileSync(join(source, 'onnx', 'text_model.onnx'), '<html>Not found</html>');
  const { library } = await openLibrary(folder());
  await expect(library.add({ ...request, path: source }, watched())).rejects.toThrow(
    /text_model\.onnx cannot be used: it is (no ONNX graph|cut off)/,
  );
});

test('what the exporter wrote down is held against the files', async () => {
  const source = copyFixture('clap-mini', join(folder(), 'exported'));
  const files = Object.entries(fixtureFiles('clap-mini')).map(([path, content]) => ({
    path,
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  writeFileSync(join(source, 'grym-export.json'), JSON.stringify({ format: 1, kind: 'clap', licence: 'Apache-2.0', files }));
  const { library, store } = await openLibrary(folder());
  const model = readFileSync(join(source, 'onnx', 'text_model.onnx'));
  model[model.length - 1000] = (model[model.length - 1000] ?? 0) ^ 1;
  writeFileSync(join(source, 'onnx', 'text_model.onnx'), model);
  await expect(library.add({ ...request, path: source }, watched())).rejects.toMatchObject({
    code: 'GRYM_MODEL_FILE_DAMAGED',
    message: expect.stringContaining('onnx/text_model.onnx'),
  });
  expect(store.list()).toEqual([]);
  appendFileSync(join(source, 'config.json'), ' ');
  await expect(library.add({ ...request, path: source }, watched())).rejects.toThrow(
    /config\.json cannot be used: it has \d+ bytes, and the exporter wrote \d+/,
  );
  rmSync(join(source, 'tokenizer.json'));
  rmSync(join(source, 'config.json'));
  await expect(library.add({ ...request, path: source }, watched())).rejects.toThrow(/missing/);
  copyFixture('clap-mini', source);
  await library.add({ ...request, path: source }, watched());
  expect(store.list()).toMatchObject([{ id: 'exported', licence: 'Apache-2.0' }]);
});

test('symbolic links, and names that lead elsewhere, are refused', async () => {
  const source = copyFixture('wav2vec2-mini', join(folder(), 'links'));
  symlinkSync('/etc/passwd', join(source, 'secret.json'));
  const { library } = await openLibrary(folder());
  await expect(library.add({ ...request, path: source }, watched())).rejects.toThrow(/secret\.json cannot be used: it is a symbolic link/);
  rmSync(join(source, 'secret.json'));
  mkdirSync(join(source, 'x'));
  writeFileSync(join(source, 'x', 'back\\slash.json'), '{}');
  await expect(library.add({ ...request, path: source }, watched())).rejects.toThrow(/its name cannot be kept/);
});

test.each([
  ['nothing is there', 'nowhere', /nothing is there/],
  ['a folder of something else', '.', /it holds none of the layouts that are known/],
  ['a file of something else', 'notes.txt', /a single file must be a GGUF file/],
])('%s', async (_, path, words) => {
  const place = folder();
  writeFileSync(join(place, 'notes.txt'), 'x');
  const { library } = await openLibrary(folder());
  await expect(library.add({ ...request, path: join(place, path) }, watched())).rejects.toThrow(words);
});

test('a name that is taken is not taken twice, and another one can be given', async () => {
  const { library, store } = await openLibrary(folder());
  const path = join(FIXTURES, 'planner-mini');
  await library.add({ ...request, path }, watched());
  await expect(library.add({ ...request, path }, watched())).rejects.toMatchObject({ code: 'GRYM_MODEL_EXISTS' });
  await library.add({ ...request, path, id: 'second', title: 'Another one' }, watched());
  expect(store.list().map(({ id, title }) => [id, title])).toEqual([
    ['planner-mini', expect.any(String)],
    ['second', 'Another one'],
  ]);
});

test('a name of a built-in provider is refused, given or made of the file’s own', async () => {
  const modelFolder = folder();
  const { library } = await openLibrary(modelFolder);
  const gguf = join(folder(), 'Templates.gguf');
  copyFileSync(join(FIXTURES, 'planner-mini', 'model.gguf'), gguf);
  const refused = (id: string) => ({
    code: 'GRYM_MODEL_FOLDER_INVALID',
    message: expect.stringMatching(new RegExp(`the name ${id} is taken.*, descriptors, .*: give another one with --id`)) as string,
  });
  await expect(library.add({ ...request, path: gguf }, watched())).rejects.toMatchObject(refused('templates'));
  await expect(library.add({ ...request, path: gguf, id: 'procedural' }, watched())).rejects.toMatchObject(refused('procedural'));
  expect(readdirSync(modelFolder)).toEqual([]);
  expect((await library.add({ ...request, path: gguf, id: 'my-templates' }, watched())).manifest.id).toBe('my-templates');
});

test('cancelling leaves nothing', async () => {
  const modelFolder = folder();
  const { library, store } = await openLibrary(modelFolder);
  const controller = new AbortController();
  const asked = { signal: controller.signal, progress: (fraction: number) => void (fraction > 0.3 && controller.abort()) };
  await expect(library.add({ ...request, path: join(FIXTURES, 'audioldm-mini') }, asked)).rejects.toMatchObject({ kind: 'cancelled' });
  expect(existsSync(join(modelFolder, 'audioldm-mini'))).toBe(false);
  expect(store.kept()).toEqual([]);
});

test('removing ends the hosts first, frees the space and tells the listeners', async () => {
  const modelFolder = folder();
  const { library, store, hosts } = await openLibrary(modelFolder);
  await library.add({ ...request, path: join(FIXTURES, 'planner-mini') }, watched());
  let changes = 0;
  store.onChange(() => (changes += 1));
  expect(await library.remove('planner-mini')).toBe(443_392);
  expect(hosts.unloaded).toEqual(['planner-mini']);
  expect([store.list(), changes, existsSync(join(modelFolder, 'planner-mini'))]).toEqual([[], 1, false]);
});
