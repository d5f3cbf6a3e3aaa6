import { GrymError } from '../../../../daemon/kernel/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
afterEach(() => bench.close());

async function openFailing(data: string, clock: FakeClock): Promise<void> {
  bench = openEngine(data, { clock });
  bench.behave = () => {
    throw new GrymError('GRYM_STEP_STARVED', { step: 'work', reason: 'no memory' });
  };
  await bench.start();
}

test('a question that is asked again is not answered by the first answer after a restart', async () => {
  const data = folder();
  const clock = new FakeClock();
  await openFailing(data, clock);
  const { runId, settled } = bench.run(chain('work'), { whenStuck: 'ask' });
  await clock.turnUntil(settled);
  const before = bench.calls.length;
  bench.workflow.decide(runId, undefined, ['retry']);
  await clock.turn(600_000);
  expect(bench.calls.length).toBeGreaterThan(before);
  expect(stateOf(bench, runId)).toBe('waiting-for-decision');
  await bench.close();
  const later = new FakeClock(clock.nowMs());
  await openFailing(data, later);
  await later.turn(600_000);
  expect(bench.calls).toEqual([]);
  expect(stateOf(bench, runId)).toBe('waiting-for-decision');
});
