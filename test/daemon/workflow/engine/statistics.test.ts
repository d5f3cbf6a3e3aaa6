import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());
// Removed after that: hooks run in the order they stand in.
const folder = temporaryFolders();

function addTimes(runId: string, step: string, times: readonly number[]): void {
  bench.database.transaction(() => {
    for (const [index, milliseconds] of times.entries()) {
      bench.database.run(
        `INSERT INTO activations (run, path, position, scope, step, state, attempts, params, milliseconds)
         SELECT sequence, :path, '1', '', :step, 'done', 1, '{}', :milliseconds FROM runs WHERE run_id = :runId`,
        { runId, step, milliseconds, path: `${step}-${index}` },
      );
    }
  });
}

test('times are of the latest 500 of each kind of step', async () => {
  const { runId } = await bench.run(chain('work')).finished;
  addTimes(runId, 'rare', [3, 1, 2]);
  addTimes(runId, 'usual', [...Array.from({ length: 1_000 }, () => 900), ...Array.from({ length: 500 }, (_, index) => index)]);
  const { stepTimes } = bench.workflow.statistics();
  expect(stepTimes.map(({ step }) => step)).toEqual(['rare', 'usual', 'work']);
  expect(stepTimes[0]).toEqual({ step: 'rare', count: 3, p50Ms: 2, p99Ms: 3 });
  expect(stepTimes[1]).toEqual({ step: 'usual', count: 500, p50Ms: 250, p99Ms: 495 });
});

test('what they cost does not grow with the journal: no table is read through', () => {
  const plan = bench.database
    .all(
      "EXPLAIN QUERY PLAN SELECT milliseconds FROM activations WHERE step = 'a' AND milliseconds IS NOT NULL ORDER BY sequence DESC LIMIT 500",
    )
    .map((row) => String((row as { detail: string }).detail));
  expect(plan).toEqual([expect.stringContaining('USING COVERING INDEX activations_by_step')]);
});
