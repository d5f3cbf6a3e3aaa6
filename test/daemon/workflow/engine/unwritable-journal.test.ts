import type { Failpoint } from '../../../../daemon/kernel/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let clock: FakeClock;
let bench: EngineBench;
beforeEach(async () => {
  clock = new FakeClock();
  bench = openEngine(folder(), { clock });
  await bench.start();
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

const PLACES: readonly Failpoint[] = ['step.starting', 'step.prepared', 'step.committing', 'run.finishing'];

test.each(PLACES)('a disk that is full at %s is told, and the run goes on by itself when there is room', async (place) => {
  process.env['GRYM_FAILPOINTS'] = `${place}=ENOSPC`;
  const { runId, finished } = bench.run(chain('work', 'hooked', 'work'));
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE' });
  expect(bench.workflow.get(runId).endedAtMs).toBeNull();
  process.env['GRYM_FAILPOINTS'] = '';
  const ended = new Promise((resolve) => bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve(run.state)));
  expect(await clock.turnUntil(ended)).toBe('done');
  // A result that could not be journalled is not made again.
  expect(bench.paths()).toEqual(['s1', 's2', 's3']);
  expect(bench.hooks()).toEqual(['prepare s2 1', 'commit s2']);
});

test('a result that cannot be committed for a reason of its own fails its step, and the results before it stay', async () => {
  const { database } = bench;
  const { run } = database;
  database.run = (sql, parameters) => {
    if (parameters?.['what'] === 'commit s2') throw new Error('the hook is broken');
    return run.call(database, sql, parameters);
  };
  const { runId, finished } = bench.run(chain('work', 'hooked', 'work'));
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_INTERNAL', message: expect.stringContaining('the hook is broken') as string });
  expect(bench.workflow.detail(runId).steps).toMatchObject([
    { path: 's1', state: 'done' },
    { path: 's2', state: 'failed' },
  ]);
  expect(bench.hooks()).toEqual(['prepare s2 1', 'abandon s2']);
});

test('a start that cannot be prepared fails its step, and the results before it stay', async () => {
  const { database } = bench;
  const { run } = database;
  database.run = (sql, parameters) => {
    if (parameters?.['what'] === 'prepare s2 1') throw new Error('nothing to prepare');
    return run.call(database, sql, parameters);
  };
  const { runId, finished } = bench.run(chain('work', 'hooked', 'work'));
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_INTERNAL' });
  expect(bench.workflow.detail(runId).steps).toMatchObject([
    { path: 's1', state: 'done' },
    { path: 's2', state: 'failed' },
  ]);
  expect(bench.paths()).toEqual(['s1']);
});
