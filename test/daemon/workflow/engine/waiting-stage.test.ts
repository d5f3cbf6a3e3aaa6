import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';
import { knockingStep } from './knocking-step.js';

const folder = temporaryFolders();
let bench: EngineBench;
afterEach(() => bench.close());

async function open(data: string): Promise<FakeClock> {
  const clock = new FakeClock();
  bench = openEngine(data, { clock, steps: [knockingStep({ isThere: () => false })] });
  await bench.start();
  return clock;
}

test.each([
  ['ask', 'waiting for a decision'],
  ['knock', 'waiting for the bridge'],
])('a run with the step %s says after a restart that it is %s', async (step, stage) => {
  const data = folder();
  const clock = await open(data);
  const { runId, settled } = bench.run(chain(step));
  await clock.turnUntil(settled);
  await bench.close();
  await open(data);
  expect(bench.workflow.get(runId).stage).toBe(stage);
});
