import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClipIndex, ClipLibrary, type Clip, type ClipFacts } from '../../../daemon/audio/index.js';
import { createLogger, systemClock } from '../../../daemon/kernel/index.js';
import { FileBlobStore, openDatabase, type Database } from '../../../daemon/storage/index.js';
import { clipReferenceSchema } from '../../../protocol/index.js';
import { fakeAudio, temporaryFolders, thrownBy } from '../doubles/index.js';

const folder = temporaryFolders();
let data: string;
let database: Database;
let library: ClipLibrary;

function open(): void {
  database = openDatabase(join(data, 'grym.sqlite'));
  const logger = createLogger({ level: 'silent', format: 'plain' });
  library = new ClipLibrary(new FileBlobStore(join(data, 'clips'), '.wav'), new ClipIndex(database), systemClock, logger);
}

beforeEach(() => {
  data = folder();
  open();
});
afterEach(() => {
  database.dispose();
  delete process.env['GRYM_FAILPOINTS'];
});

function add(prompt: string, seed = 1, changes: Partial<ClipFacts> = {}): Promise<Clip> {
  const { samples, explanation: _explanation, ...facts } = fakeAudio({ prompt, seed, sampleRate: 48_000 });
  return library.add(samples, { ...facts, prompt, ...changes });
}

test('a clip is in the library with its facts, its file and no verdict', async () => {
  const clip = await add('dark bass');
  expect(clip).toMatchObject({ verdict: 'undecided', decidedAtMs: null, prompt: 'dark bass', tempoBpm: 120 });
  expect(clip.path).toBe(join(library.folder, `${clip.hash}.wav`));
  expect(existsSync(clip.path)).toBe(true);
  expect(library.get(clip.hash)).toEqual(clip);
});

test('the same clip again changes nothing, not even a verdict', async () => {
  const { hash } = await add('bass');
  library.keep(hash);
  expect((await add('bass')).verdict).toBe('kept');
  expect(library.count()).toBe(1);
});

test('keeping and rejecting mark a clip; its file stays; the last word counts', async () => {
  const { hash, path } = await add('bass');
  const before = readFileSync(path);
  expect(library.reject(hash.slice(0, 6))).toMatchObject({ verdict: 'rejected', decidedAtMs: expect.any(Number) as number });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(library.keep(hash).verdict).toBe('kept');
  expect(library.get(hash).verdict).toBe('kept');
});

test('lists newest first, by verdict, words and limit', async () => {
  const names = ['Dark bass', 'dark pad', 'bright LEAD', 'dark 100%_bass'];
  const clips: Clip[] = [];
  for (const name of names) clips.push(await add(name));
  library.keep(clips[1]?.hash ?? '');
  library.reject(clips[2]?.hash ?? '');
  const listed = (filter: Parameters<ClipLibrary['list']>[0]): string[] => library.list(filter).map(({ prompt }) => prompt);
  expect(listed({})).toEqual([...names].reverse());
  expect(listed({ verdict: 'kept' })).toEqual(['dark pad']);
  expect(listed({ verdict: 'rejected' })).toEqual(['bright LEAD']);
  expect(listed({ verdict: 'undecided', text: 'bass DARK' })).toEqual(['dark 100%_bass', 'Dark bass']);
  expect(listed({ text: '0%_' })).toEqual(['dark 100%_bass']);
  expect(listed({ text: "'; DROP TABLE clips" })).toEqual([]);
  expect(listed({ limit: 2 })).toHaveLength(2);
});

describe('a clip is found', () => {
  test('by the first characters of its hash, in either case', async () => {
    const { hash } = await add('bass');
    expect(library.get(hash.slice(0, 4).toUpperCase()).hash).toBe(hash);
  });

  test('not by fewer than 4 characters, by none, or by anything else', async () => {
    const { hash } = await add('bass');
    for (const clip of [hash.slice(0, 3), '', 'zzzz', `${hash}0`, '%', hash.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) {
      expect(thrownBy(() => library.get(clip))).toMatchObject({ code: 'GRYM_CLIP_UNKNOWN' });
    }
  });

  test('and where several begin alike, they are listed', () => {
    const index = new ClipIndex(database);
    const { samples: _samples, explanation: _explanation, ...facts } = fakeAudio({ prompt: 'x', seed: 1, sampleRate: 48_000 });
    for (let number = 0; number < 7; number += 1) {
      index.insert(`abcd${String(number).repeat(60)}`, { ...facts, prompt: 'x', name: `clip ${number}` }, number);
    }
    expect(thrownBy(() => library.get('abcd'))).toMatchObject({
      code: 'GRYM_CLIP_AMBIGUOUS',
      message:
        'More than one clip begins with abcd: abcd00000000 (clip 0), abcd11111111 (clip 1), abcd22222222 (clip 2), ' +
        'abcd33333333 (clip 3), abcd44444444 (clip 4) and more.',
    });
    expect(library.get('abcd3').name).toBe('clip 3');
  });
});

test('a bridge gets a reference that the protocol takes; none where the file is gone', async () => {
  const clip = await add('bass');
  expect(clipReferenceSchema.parse(library.reference(clip.hash))).toMatchObject({ hash: clip.hash, path: clip.path, quarterNotes: 4 });
  rmSync(clip.path);
  expect(thrownBy(() => library.reference(clip.hash))).toMatchObject({ code: 'GRYM_CLIP_MISSING' });
});

describe('after a crash', () => {
  test('the whole index comes back from the files', async () => {
    const clips = [await add('a'), await add('b', 2, { key: null, loop: false })];
    database.dispose();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `grym.sqlite${suffix}`), { force: true });
    open();
    expect(library.count()).toBe(0);
    const report = await library.reconcile();
    expect([...report.indexed].sort()).toEqual(clips.map(({ hash }) => hash).sort());
    for (const clip of clips) {
      const { createdAtMs: _createdAtMs, ...facts } = clip;
      expect(library.get(clip.hash)).toMatchObject(facts);
    }
    expect(await library.reconcile()).toEqual({ indexed: [], missing: [], unreadable: [] });
  });

  test('a row without a file is reported and kept; a file that is no clip is reported and left', async () => {
    const { hash, path } = await add('a');
    const content = readFileSync(path);
    rmSync(path);
    const foreign = join(library.folder, `${'0'.repeat(64)}.wav`);
    writeFileSync(foreign, 'no clip');
    expect(await library.reconcile()).toEqual({
      indexed: [],
      missing: [hash],
      unreadable: [{ path: foreign, reason: expect.stringContaining('does not have the content that its name promises') as string }],
    });
    expect(existsSync(foreign)).toBe(true);
    writeFileSync(path, content);
    expect((await library.reconcile()).missing).toEqual([]);
  });
});

test('a full disk in the middle: a typed error, no row, nothing lost, and it works again when there is room', async () => {
  const earlier = await add('earlier');
  process.env['GRYM_FAILPOINTS'] = 'blob.writing=ENOSPC';
  await expect(add('later')).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE', kind: 'resource' });
  expect(library.list().map(({ hash }) => hash)).toEqual([earlier.hash]);
  process.env['GRYM_FAILPOINTS'] = '';
  await add('later');
  expect(library.count()).toBe(2);
});
