import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { MIGRATIONS, openDatabase } from '../../../daemon/storage/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();
const path = (): string => join(folder(), 'grym.sqlite');

test('is a WAL database that synchronises every commit, at the newest schema', () => {
  const database = openDatabase(path());
  expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(database.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
  expect(database.get('PRAGMA user_version')).toEqual({ user_version: MIGRATIONS.length });
  database.dispose();
});

test('migrations run once, in order, and only those that are missing', () => {
  const file = path();
  const first = ['CREATE TABLE a (x INTEGER)'];
  const both = [...first, 'ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (1, 2)'];
  openDatabase(file, first).dispose();
  openDatabase(file, both).dispose();
  const database = openDatabase(file, both);
  expect(database.all('SELECT * FROM a')).toEqual([{ x: 1, y: 2 }]);
  database.dispose();
});

test('a migration that fails leaves the schema before it', () => {
  const file = path();
  const first = ['CREATE TABLE a (x INTEGER)'];
  openDatabase(file, first).dispose();
  expect(() => openDatabase(file, [...first, 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)'])).toThrow('nowhere');
  const database = openDatabase(file, first);
  expect(database.get('PRAGMA user_version')).toEqual({ user_version: 1 });
  expect(database.all("SELECT name FROM sqlite_master WHERE name = 'b'")).toEqual([]);
  database.dispose();
});

test('a database of a newer grym-synth is refused and left as it is', () => {
  const file = path();
  const newer = new SqliteDatabase(file);
  newer.pragma('user_version = 99');
  newer.close();
  const before = readFileSync(file);
  expect(thrownBy(() => openDatabase(file))).toMatchObject({
    code: 'GRYM_DATABASE_NEWER',
    message: `The database ${file} has schema version 99, and this grym-synth knows up to ${MIGRATIONS.length}.`,
  });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test.each([
  ['is no database', () => Buffer.from('This is a letter to my aunt. '.repeat(100))],
  ['has damaged pages', (whole: Buffer) => Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0xa5)])],
])('a file that %s is reported as damaged', (_, damage) => {
  const file = path();
  openDatabase(file).dispose();
  writeFileSync(file, damage(readFileSync(file)));
  expect(thrownBy(() => openDatabase(file))).toMatchObject({ code: 'GRYM_DATABASE_DAMAGED' });
});

test.each([
  ['under a file', (base: string) => (writeFileSync(join(base, 'file'), ''), join(base, 'file', 'grym.sqlite'))],
  ['in a folder that is not there', (base: string) => join(base, 'absent', 'grym.sqlite')],
  ['where a folder is', (base: string) => (mkdirSync(join(base, 'grym.sqlite')), join(base, 'grym.sqlite'))],
])('a place %s is reported as unwritable', (_, place) => {
  expect(thrownBy(() => openDatabase(place(folder())))).toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
});

test('a transaction is all or nothing, also inside another one', () => {
  const database = openDatabase(path(), ['CREATE TABLE a (x INTEGER)']);
  const insert = (x: number): number => database.run('INSERT INTO a VALUES (:x)', { x });
  expect(() =>
    database.transaction(() => {
      insert(1);
      database.transaction(() => insert(2));
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(database.all('SELECT * FROM a')).toEqual([]);
  database.dispose();
});

test('a full database is GRYM_LIBRARY_UNWRITABLE, and what was committed stays', () => {
  const file = path();
  const database = openDatabase(file, ['CREATE TABLE a (x TEXT)']);
  database.run('INSERT INTO a VALUES (:x)', { x: 'kept' });
  database.get('PRAGMA max_page_count = 3');
  const fill = (): number => database.run('INSERT INTO a VALUES (:x)', { x: 'x'.repeat(20_000) });
  expect(thrownBy(fill)).toMatchObject({
    code: 'GRYM_LIBRARY_UNWRITABLE',
    message: `The library cannot be written at ${file}: there is no space left.`,
  });
  expect(database.all('SELECT * FROM a')).toEqual([{ x: 'kept' }]);
  database.dispose();
});

test('what a savepoint throws undoes its own part, and the transaction around it goes on', () => {
  const database = openDatabase(path(), ['CREATE TABLE a (x INTEGER)']);
  const insert = (x: number): number => database.run('INSERT INTO a VALUES (:x)', { x });
  database.transaction(() => {
    insert(1);
    const refused = (): void =>
      database.savepoint(() => {
        insert(2);
        throw new Error('not so');
      });
    expect(refused).toThrow('not so');
    expect(database.isInTransaction).toBe(true);
    insert(3);
  });
  expect(database.all('SELECT x FROM a')).toEqual([{ x: 1 }, { x: 3 }]);
  database.dispose();
});
