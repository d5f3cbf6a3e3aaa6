import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let clock: FakeClock;
let bench: EngineBench;
beforeEach(async () => {
  clock = new FakeClock();
  bench = openEngine(folder(), { clock });
  await bench.start();
});
afterEach(() => bench.close());

/** A run of 100 branches, each with a step whose hook refuses; how often a run was read from the journal. */
async function readings(refuses: (what: string) => boolean): Promise<{ readonly runId: string; readonly count: number }> {
  const { database } = bench;
  const { run, all } = database;
  let count = 0;
  database.run = (sql, parameters) => {
    const changed = run.call(database, sql, parameters);
    if (refuses(String(parameters?.['what']))) throw new Error('the hook refuses');
    return changed;
  };
  database.all = (sql, parameters) => {
    if (sql.startsWith('SELECT * FROM activations')) count += 1;
    return all.call(database, sql, parameters);
  };
  const { runId, finished } = bench.run(`
  - id: all
    parallel: { times: 100, atMost: 100 }
    steps:
      - { id: each, use: hooked, onFailure: continue }
`);
  await clock.turnUntil(finished);
  return { runId, count };
}

test.each(['prepare', 'commit'])('a %s hook that throws undoes what it wrote, and not the run', async (hook) => {
  const { runId, count } = await readings((what) => what.startsWith(hook));
  // Once for the record of its end, and not for each refusal.
  expect(count).toBeLessThan(5);
  expect(bench.workflow.detail(runId).steps.filter(({ state }) => state === 'failed')).toHaveLength(100);
  expect(bench.hooks().filter((what) => what.startsWith(hook))).toEqual([]);
});
