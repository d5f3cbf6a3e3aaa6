import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, stateOf, type EngineBench } from './engine-bench.js';
import { knockingStep } from './knocking-step.js';

const folder = temporaryFolders();
let bench: EngineBench;
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await bench.close();
});

test('a wait for the grace of a start that is journalled after that grace ends', async () => {
  const clock = new FakeClock();
  let tries = 0;
  const isThere = (): boolean => (tries += 1) > 1;
  bench = openEngine(folder(), { clock, steps: [knockingStep({ isThere, onlyDuringGrace: true })] });
  await bench.start();
  await clock.turn(2_500);
  process.env['GRYM_FAILPOINTS'] = 'wait.journalling=ENOSPC';
  const { runId } = bench.run('  - { id: door, use: knock }\n');
  await clock.turn(900);
  expect(tries).toBe(1);
  process.env['GRYM_FAILPOINTS'] = '';
  await clock.turn(5_000);
  expect(stateOf(bench, runId)).toBe('done');
});
