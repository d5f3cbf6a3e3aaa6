import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, gate, openEngine, stateOf, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let clock: FakeClock;
let bench: EngineBench;
beforeEach(async () => {
  clock = new FakeClock();
  bench = openEngine(folder(), { clock, concurrentRuns: 2, workThreads: 8 });
  await bench.start();
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  await clock.turnUntil(bench.close());
});

const many = (step: string): string => `
  - id: all
    parallel: { times: 10, atMost: 10 }
    steps:
      - { id: each, use: ${step} }
`;

test('a cancelled run whose steps take their time to stop does not hold up the others', async () => {
  const { opened, open } = gate();
  bench.behave = ({ path }) => (path.startsWith('all') ? opened : undefined);
  const cancelled = bench.run(many('work'), { priority: 5 });
  await clock.turn(0);
  bench.workflow.cancel(cancelled.runId);
  // Its threads are not free yet; a step without any can go on.
  const other = bench.run(chain('light'));
  await clock.turn(0);
  expect(stateOf(bench, cancelled.runId)).toBe('running');
  expect(stateOf(bench, other.runId)).toBe('done');
  open();
  await expect(clock.turnUntil(cancelled.finished)).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('light steps of a run that is cancelled while the queue is paused do not hold up the others', async () => {
  const branches = `
  - id: both
    parallel:
      branches:
        a: [{ id: slow, use: work }]
        b: [{ id: quick, use: light }, { id: after, use: light }]
`;
  const quick = gate();
  const { opened, open } = gate();
  bench.behave = ({ path }) => (path.endsWith('slow') ? opened : path.endsWith('quick') ? quick.opened : undefined);
  const cancelled = bench.run(branches);
  await clock.turn(0);
  bench.workflow.pauseQueue();
  quick.open();
  await clock.turn(0);
  expect(bench.workflow.queueState().queuedSteps).toBe(1);
  bench.workflow.cancel(cancelled.runId);
  const other = bench.run(chain('light'));
  bench.workflow.resumeQueue();
  await clock.turn(0);
  expect(stateOf(bench, other.runId)).toBe('done');
  open();
  await clock.turn(2_000);
  expect(bench.workflow.queueState()).toMatchObject({ queuedSteps: 0, runningSteps: 0 });
});

test('a run that the journal does not take for now does not hold up the others', async () => {
  process.env['GRYM_FAILPOINTS'] = 'step.prepared=ENOSPC';
  const suspended = bench.run(many('hooked'), { priority: 5 });
  const other = bench.run(chain('work'));
  await clock.turn(0);
  expect(stateOf(bench, suspended.runId)).toBe('queued');
  expect(stateOf(bench, other.runId)).toBe('done');
});
