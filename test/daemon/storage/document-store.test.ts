import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DocumentStore, type DocumentProblem } from '../../../daemon/storage/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();
const schema = z.strictObject({ version: z.int(), words: z.array(z.string()) });
type Data = z.output<typeof schema>;
const data = (version: number): Data => ({ version, words: Array.from({ length: 20 }, (_, index) => `word ${version * index}`) });

function store(path = join(folder(), 'documents')): { documents: DocumentStore<Data>; problems: DocumentProblem[]; path: string } {
  const problems: DocumentProblem[] = [];
  return { documents: new DocumentStore({ folder: path, schema, onProblem: (problem) => problems.push(problem) }), problems, path };
}

afterEach(() => delete process.env['GRYM_FAILPOINTS']);

test('what was written is there when it is opened again, and the version before lies beside it', async () => {
  const { documents, problems, path } = store();
  const document = documents.open('one');
  expect(document.data).toBeNull();
  await document.write(data(1));
  await document.write(data(2));
  document.dispose();
  expect(documents.read('one')).toEqual(data(2));
  rmSync(join(path, 'one.json'));
  expect(documents.read('one')).toEqual(data(1));
  expect(problems).toEqual([expect.objectContaining({ file: join(path, 'one.json') })]);
  expect(documents.list()).toEqual(['one']);
});

test('a sealed document is whole in both copies', async () => {
  const { documents, path } = store();
  const document = documents.open('one');
  await document.write(data(1));
  await document.seal(data(2));
  writeFileSync(join(path, 'one.json'), 'nothing');
  expect(documents.read('one')).toEqual(data(2));
});

test('only one writer: a document that is open cannot be opened again', () => {
  const { documents, path } = store();
  const document = documents.open('one');
  expect(thrownBy(() => store(path).documents.open('one'))).toMatchObject({ code: 'GRYM_DOCUMENT_IN_USE' });
  expect(() => documents.open('two').dispose()).not.toThrow();
  document.dispose();
  expect(() => documents.open('one').dispose()).not.toThrow();
});

test('writes that are asked for at once are done in turn, and the last one stays', async () => {
  const { documents } = store();
  const document = documents.open('one');
  await Promise.all([1, 2, 3, 4, 5].map((version) => document.write(data(version))));
  expect(document.data).toEqual(data(5));
  expect(documents.read('one')).toEqual(data(5));
  document.dispose();
});

test('a name that leads out of the folder is no name', () => {
  const { documents } = store();
  for (const name of ['../one', 'a/b', '', 'one.previous', 'x'.repeat(200)])
    expect(() => documents.open(name)).toThrow(/no name of a document/);
});

test('a removed document is gone with its copy', async () => {
  const { documents, path } = store();
  const document = documents.open('one');
  await document.seal(data(1));
  document.dispose();
  await documents.remove('one');
  expect(readdirSync(path)).toEqual([]);
  expect(documents.read('one')).toBeNull();
});

test('any damaged byte is found: the damaged file is put aside and reported, and the version before is taken', async () => {
  let seed = 7;
  const random = (limit: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % limit;
  for (let trial = 0; trial < 150; trial += 1) {
    const { documents, problems, path } = store();
    const document = documents.open('one');
    await document.write(data(1));
    await document.write(data(2));
    document.dispose();
    const file = join(path, 'one.json');
    const content = readFileSync(file);
    const index = random(content.length);
    const kind = trial % 3;
    const damaged =
      kind === 0
        ? Buffer.concat([content.subarray(0, index), Buffer.from([(content[index] ?? 0) ^ (1 + random(255))]), content.subarray(index + 1)])
        : kind === 1
          ? content.subarray(0, index)
          : Buffer.concat([content, Buffer.from([random(256)])]);
    writeFileSync(file, damaged);
    expect(documents.read('one')).toEqual(data(1));
    expect(problems[0]).toMatchObject({ file, putAside: expect.stringContaining('.damaged-') });
    expect(readFileSync(problems[0]?.putAside ?? '')).toEqual(damaged);
    rmSync(path, { recursive: true });
  }
});

test('a damaged version never takes the place of the previous-good one', async () => {
  const { documents, path } = store();
  let document = documents.open('one');
  await document.write(data(1));
  await document.write(data(2));
  document.dispose();
  writeFileSync(join(path, 'one.json'), '{"sha256":"');
  document = documents.open('one');
  expect(document.data).toEqual(data(1));
  await document.write(data(3));
  document.dispose();
  rmSync(join(path, 'one.json'));
  expect(documents.read('one')).toEqual(data(1));
});

test('both copies damaged: null, both put aside, nothing removed', async () => {
  const { documents, problems, path } = store();
  const document = documents.open('one');
  await document.seal(data(1));
  document.dispose();
  for (const name of ['one.json', 'one.previous.json']) writeFileSync(join(path, name), 'x');
  expect(documents.read('one')).toBeNull();
  expect(problems).toHaveLength(2);
  expect(readdirSync(path).filter((name) => name.includes('.damaged-'))).toHaveLength(2);
});

test('content that the schema does not know is treated as damage', async () => {
  const { documents, path } = store();
  const document = documents.open('one');
  await document.write({ ...data(1), version: 1.5 });
  document.dispose();
  expect(documents.read('one')).toBeNull();
  expect(existsSync(join(path, 'one.json'))).toBe(false);
});

test.each([
  ['document.writing=ENOSPC', 'there is no space left'],
  ['document.written=EIO', 'the disk reports an error'],
  ['document.kept=EROFS', 'the file system is read-only'],
])('%s in the middle: the version before stays, nothing half-written, and the next write succeeds', async (failpoint, reason) => {
  const { documents, path } = store();
  const document = documents.open('one');
  await document.write(data(1));
  process.env['GRYM_FAILPOINTS'] = failpoint;
  await expect(document.write(data(2))).rejects.toMatchObject({
    code: 'GRYM_LIBRARY_UNWRITABLE',
    message: `The library cannot be written at ${path}: ${reason}.`,
  });
  process.env['GRYM_FAILPOINTS'] = '';
  expect(documents.read('one')).toEqual(data(1));
  expect(readdirSync(path).filter((name) => name.includes('.writing-'))).toEqual([]);
  await document.write(data(3));
  expect(documents.read('one')).toEqual(data(3));
  document.dispose();
});

test('what a dead process left half-written is gone after the next start', () => {
  const path = join(folder(), 'documents');
  mkdirSync(path);
  writeFileSync(join(path, 'one.json.writing-1234'), 'half');
  writeFileSync(join(path, 'notes.txt'), 'mine');
  expect(store(path).documents.list()).toEqual([]);
  expect(readdirSync(path)).toEqual(['notes.txt']);
});
