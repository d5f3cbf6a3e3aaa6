import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { beginRun, commit, item, openContextBench, source, type ContextBench } from './workbench.js';

const folder = temporaryFolders();
const RUNS = 12;

async function filled(path: string): Promise<ContextBench> {
  const bench = openContextBench(path);
  for (let number = 0; number < RUNS; number += 1) {
    const context = beginRun(bench, `run-${number}`, [item('prompt', `needle number ${number}`, { category: 'prompt', rank: 'request' })]);
    commit(bench, context, source('analyse', '1'), [item('tempoBpm', 100 + number), item('key', 'A minor')]);
    // Two of three have ended.
    if (number % 3 !== 0) await context.snapshot(true);
  }
  return bench;
}

const load = (bench: ContextBench, runId: string): ReturnType<ContextBench['store']['load']> =>
  bench.store.load({ runId, workflow: 'vary', atMs: 0 });

async function checkWhole(bench: ContextBench): Promise<void> {
  const { items } = await bench.store.query({ text: 'needle number', limit: 100 });
  expect(items.map(({ runId, value }) => `${runId}: ${JSON.stringify(value)}`).sort()).toEqual(
    Array.from({ length: RUNS }, (_, number) => `run-${number}: "needle number ${number}"`).sort(),
  );
  for (let number = 0; number < RUNS; number += 1) expect(load(bench, `run-${number}`).view('')['tempoBpm']?.value).toBe(100 + number);
  expect((await bench.store.query({ runId: 'run-1' })).items).toHaveLength(3);
}

function damage(path: string, seed: number): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  for (let index = 0; index < 40; index += 1) {
    const place = (Math.imul(seed + index, 2_654_435_761) >>> 0) % size;
    writeSync(file, Buffer.from([(seed * 31 + index * 7) % 256]), 0, 1, place);
  }
  closeSync(file);
}

test('a damaged document is replaced by its copy, and both are whole again afterwards', async () => {
  const path = folder();
  let bench = await filled(path);
  const file = join(path, 'contexts', 'run-1.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace('needle', 'noodle'));
  expect(load(bench, 'run-1').view('')['prompt']?.value).toBe('needle number 1');
  expect(bench.log.join()).toContain('a context document was damaged');
  await bench.close();
  expect(readFileSync(file, 'utf8')).toBe(before);
  bench = openContextBench(path);
  await checkWhole(bench);
  expect(bench.log).toEqual([]);
  await bench.close();
});

test('both copies gone: the index still has it, and that is said', async () => {
  const path = folder();
  const bench = await filled(path);
  for (const name of ['run-1.json', 'run-1.previous.json']) rmSync(join(path, 'contexts', name));
  await checkWhole(bench);
  expect(bench.log.join()).toContain('read from the index');
  await bench.close();
});

test('both copies and the index gone: that run is reported as lost, the others are there', async () => {
  const path = folder();
  let bench = await filled(path);
  await bench.close();
  for (const name of ['contexts/run-1.json', 'contexts/run-1.previous.json', 'context-index.sqlite']) rmSync(join(path, name));
  bench = openContextBench(path);
  expect(thrownBy(() => load(bench, 'run-1'))).toMatchObject({ code: 'GRYM_CONTEXT_LOST' });
  expect((await bench.store.query({ text: 'needle', limit: 100 })).items).toHaveLength(RUNS - 1);
  expect(bench.log.join()).toContain('left out of the index');
  await bench.close();
});

test('an older document from a backup does not hide what the journal knew', async () => {
  const path = folder();
  const bench = openContextBench(path);
  const context = beginRun(bench, 'run-1', [item('tempoBpm', 100)]);
  await context.snapshot(false);
  bench.clock.turn(1_000);
  await context.snapshot(false);
  const old = readFileSync(join(path, 'contexts', 'run-1.json'));
  commit(bench, context, source('analyse', '1'), [item('key', 'A minor')]);
  await context.snapshot(true);
  writeFileSync(join(path, 'contexts', 'run-1.json'), old);
  expect(load(bench, 'run-1').items()).toHaveLength(2);
  await bench.close();
});

test.each([
  ['removed', (file: string): void => rmSync(file)],
  ['emptied', (file: string): void => writeFileSync(file, '')],
  ['no database', (file: string): void => writeFileSync(file, 'x'.repeat(10_000))],
  [
    'of another version',
    (file: string): void => {
      const other = new SqliteDatabase(file);
      other.pragma('user_version = 99');
      other.close();
    },
  ],
  [
    'without a table',
    (file: string): void => {
      const other = new SqliteDatabase(file);
      other.exec('DROP TABLE texts');
      other.close();
    },
  ],
  [
    'of another journal',
    (file: string): void => {
      const other = new SqliteDatabase(file);
      other.exec(`UPDATE progress SET journal = 'x', sequence = 1000`);
      other.close();
    },
  ],
  [
    'behind, as after a loss of power',
    (file: string): void => {
      const other = new SqliteDatabase(file);
      other.exec(
        `UPDATE progress SET sequence = 3; DELETE FROM items WHERE run_id NOT IN ('run-0', 'run-1'); DELETE FROM texts WHERE rowid NOT IN (SELECT ${Number.MAX_SAFE_INTEGER} - id FROM items)`,
      );
      other.close();
    },
  ],
])('an index that is %s is made anew from journal and documents', async (_what, harm) => {
  const path = folder();
  let bench = await filled(path);
  await checkWhole(bench);
  await bench.close();
  harm(join(path, 'context-index.sqlite'));
  bench = openContextBench(path);
  await checkWhole(bench);
  await bench.close();
});

test('an index with damaged bytes, while it is closed, never stops runs and answers again', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const path = folder();
    let bench = await filled(path);
    await checkWhole(bench);
    await bench.close();
    damage(join(path, 'context-index.sqlite'), seed * 977);
    bench = openContextBench(path);
    const context = beginRun(bench, 'after', [item('mood', 'calm')]);
    await context.snapshot(true);
    expect(load(bench, 'after').view('')['mood']?.value).toBe('calm');
    await bench.store.query({ text: 'needle', limit: 100 });
    await bench.store.rebuildIndex();
    await checkWhole(bench);
    await bench.close();
  }
}, 120_000);

test('rebuilding leaves the same answers', async () => {
  const bench = await filled(folder());
  const before = (await bench.store.query({ limit: 200 })).items;
  expect(await bench.store.rebuildIndex()).toEqual({ items: RUNS * 3 });
  const after = (await bench.store.query({ limit: 200 })).items;
  const key = (entry: (typeof after)[number]): string => JSON.stringify(entry);
  expect(after.map(key).sort()).toEqual(before.map(key).sort());
  await bench.close();
});

test('documents that the journal does not know, as after the loss of the database, stay and are found', async () => {
  const path = folder();
  await (await filled(path)).close();
  for (const name of readdirSync(path).filter((file) => file.startsWith('grym.sqlite'))) rmSync(join(path, name));
  const bench = openContextBench(path);
  await bench.store.reconcile([]);
  expect((await bench.store.query({ text: 'needle', limit: 100 })).items).toHaveLength(RUNS - RUNS / 3);
  expect(existsSync(join(path, 'contexts', 'run-1.json'))).toBe(true);
  await bench.close();
});
