import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { chain, openEngine, untilCalled, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let clock: FakeClock;
let bench: EngineBench;
beforeEach(async () => {
  data = folder();
  clock = new FakeClock();
  bench = openEngine(data, { clock });
  await bench.start();
});
afterEach(() => bench.close());

const never = (_call: unknown, io: { signal: AbortSignal }): Promise<void> =>
  new Promise((_, reject) => io.signal.addEventListener('abort', () => reject(io.signal.reason as Error)));

test('a run that has not ended by its deadline fails, and what it does is stopped', async () => {
  bench.behave = ({ path }, io) => (path === 's2' ? never(undefined, io) : undefined);
  const seen = untilCalled(bench, 's2');
  const handle = bench.run(chain('work', 'work', 'work'), { deadlineAtMs: clock.nowMs() + 1_000 });
  await seen;
  await clock.turn(1_000);
  await expect(handle.finished).rejects.toMatchObject({ code: 'GRYM_RUN_DEADLINE', kind: 'timeout' });
  expect(bench.workflow.get(handle.runId)).toMatchObject({ state: 'failed', problem: { what: expect.stringContaining('s2') as string } });
  expect(bench.paths()).toEqual(['s1', 's2']);
});

test('a deadline passes in the queue and in a decision too', async () => {
  bench.workflow.pauseQueue();
  const queued = bench.run(chain('work'), { deadlineAtMs: clock.nowMs() + 1_000 });
  await clock.turn(1_000);
  await expect(queued.finished).rejects.toMatchObject({ code: 'GRYM_RUN_DEADLINE' });
  bench.workflow.resumeQueue();
  const asking = bench.run('  - { id: question, use: ask }\n', { deadlineAtMs: clock.nowMs() + 1_000 });
  await asking.settled;
  await clock.turn(1_000);
  await expect(asking.finished).rejects.toMatchObject({ code: 'GRYM_RUN_DEADLINE' });
});

test('a deadline that is past is refused; one that passes while the daemon is away ends the run at the start', async () => {
  expect(thrownBy(() => bench.run(chain('work'), { deadlineAtMs: clock.nowMs() }))).toMatchObject({ code: 'GRYM_RUN_DEADLINE' });
  bench.workflow.pauseQueue();
  const { runId } = bench.run(chain('work'), { deadlineAtMs: clock.nowMs() + 1_000 });
  await bench.close();
  clock = new FakeClock(clock.nowMs() + 2_000);
  bench = openEngine(data, { clock });
  await bench.start();
  await clock.turn(1);
  expect(bench.workflow.get(runId)).toMatchObject({ state: 'failed', error: { code: 'GRYM_RUN_DEADLINE' } });
  expect(bench.calls).toEqual([]);
});

test('a run that ends in time is not touched by its deadline', async () => {
  const { runId, finished } = bench.run(chain('work'), { deadlineAtMs: clock.nowMs() + 1_000 });
  await finished;
  await clock.turn(5_000);
  expect(bench.workflow.get(runId).state).toBe('done');
});
