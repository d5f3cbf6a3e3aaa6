import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

test('a result from the cache that finds the disk full is taken when there is room', async () => {
  const clock = new FakeClock();
  bench = openEngine(folder(), { clock });
  await bench.start();
  const step = '  - { id: make, use: pure, with: { value: 1 } }\n';
  await clock.turnUntil(bench.run(step).finished);
  process.env['GRYM_FAILPOINTS'] = 'step.committing=ENOSPC';
  const { runId } = bench.run(step);
  await clock.turn(3_000);
  process.env['GRYM_FAILPOINTS'] = '';
  await clock.turn(3_000);
  expect(stateOf(bench, runId)).toBe('done');
  expect(bench.paths()).toEqual(['make']);
});
