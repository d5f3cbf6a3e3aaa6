import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { FileBlobStore } from '../../../daemon/storage/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();
const open = (path = join(folder(), 'clips')): FileBlobStore => new FileBlobStore(path, '.wav');
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
afterEach(() => delete process.env['GRYM_FAILPOINTS']);

test('content lies under its SHA-256, whatever it is, and comes back as it was', async () => {
  const store = open();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (content) => {
      const { hash, path } = await store.put(content);
      expect(hash).toBe(sha256(content));
      expect(path).toBe(join(store.folder, `${hash}.wav`));
      expect((await store.read(hash, { verify: true })).equals(content)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('the same content twice, also at once, is one file', async () => {
  const store = open();
  const content = Buffer.from('one');
  const outcomes = await Promise.all([store.put(content), store.put(content), store.put(content)]);
  expect(new Set(outcomes.map(({ path }) => path)).size).toBe(1);
  expect(await store.put(content)).toMatchObject({ created: false });
  expect(readdirSync(store.folder)).toHaveLength(1);
  expect(store.list()).toEqual([sha256(content)]);
  expect(store.has(sha256(content))).toBe(true);
});

test('a damaged file is told from a whole one, put aside and written anew', async () => {
  const store = open();
  const content = Buffer.from('whole');
  const { hash, path } = await store.put(content);
  writeFileSync(path, 'wHole');
  await expect(store.read(hash, { verify: true })).rejects.toMatchObject({ code: 'GRYM_BLOB_DAMAGED' });
  expect(await store.put(content)).toMatchObject({ created: true, path });
  expect(readFileSync(path, 'utf8')).toBe('whole');
  const aside = readdirSync(store.folder).find((name) => name.includes('damaged'));
  expect(readFileSync(join(store.folder, aside ?? ''), 'utf8')).toBe('wHole');
  expect(store.list()).toEqual([hash]);
});

test('what a dead process left half-written is gone after the next start', () => {
  const path = join(folder(), 'clips');
  mkdirSync(path);
  writeFileSync(join(path, '.writing-1234'), 'half');
  writeFileSync(join(path, 'notes.txt'), 'mine');
  expect(open(path).list()).toEqual([]);
  expect(readdirSync(path)).toEqual(['notes.txt']);
});

test.each([
  ['blob.writing=ENOSPC', 'there is no space left'],
  ['blob.writing=EROFS', 'the file system is read-only'],
  ['blob.written=EIO', 'the disk reports an error'],
])('%s in the middle: GRYM_LIBRARY_UNWRITABLE with the path, nothing half-written, earlier ones whole', async (failpoint, reason) => {
  const store = open();
  const earlier = await store.put(Buffer.from('earlier'));
  process.env['GRYM_FAILPOINTS'] = failpoint;
  await expect(store.put(Buffer.from('later'))).rejects.toMatchObject({
    code: 'GRYM_LIBRARY_UNWRITABLE',
    message: `The library cannot be written at ${store.folder}: ${reason}.`,
  });
  process.env['GRYM_FAILPOINTS'] = '';
  expect(readdirSync(store.folder)).toEqual([`${earlier.hash}.wav`]);
  await expect(store.put(Buffer.from('later'))).resolves.toMatchObject({ created: true });
});

test('a folder that vanishes is reported, not made anew without a word', async () => {
  const store = open();
  rmSync(store.folder, { recursive: true });
  await expect(store.put(Buffer.from('x'))).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  expect(thrownBy(() => store.assertWritable())).toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  expect(existsSync(store.folder)).toBe(false);
});
