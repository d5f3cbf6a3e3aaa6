import { GrymError } from '../../../../daemon/kernel/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

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

function failAt(path: string): void {
  bench.behave = (call) => {
    if (call.path === path) throw new GrymError('GRYM_STEP_STARVED', { step: 'work', reason: 'no memory' });
  };
}

test('a step that nothing helps waits for a person where the run was asked to, also over a restart, and goes on from the answer', async () => {
  failAt('s2');
  const { runId, settled } = bench.run(chain('work', 'work'), { whenStuck: 'ask' });
  const waiting = await clock.turnUntil(settled);
  expect(waiting).toMatchObject({
    state: 'waiting-for-decision',
    waitingFor: { path: 's2', options: [{ id: 'retry' }, { id: 'give-up' }] },
  });
  const { tried } = bench.workflow.detail(runId).steps[1] ?? {};
  expect(tried?.length).toBeGreaterThan(0);
  await bench.close();
  clock = new FakeClock(clock.nowMs() + 86_400_000);
  bench = openEngine(data, { clock });
  await bench.start();
  const ended = new Promise((resolve) => bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve(run.state)));
  bench.workflow.decide(runId, undefined, ['retry']);
  expect(await clock.turnUntil(ended)).toBe('done');
  expect(bench.paths()).toEqual(['s2']);
  expect(bench.workflow.detail(runId).steps[1]?.tried).toEqual(tried);
});

test('an answer that gives up ends the run with what was tried and what can be done', async () => {
  failAt('s1');
  const { runId, settled, finished } = bench.run(chain('work'), { whenStuck: 'ask' });
  await clock.turnUntil(settled);
  bench.workflow.decide(runId, 's1', ['give-up']);
  await expect(clock.turnUntil(finished)).rejects.toMatchObject({ code: 'GRYM_STEP_GIVEN_UP' });
  const { problem } = bench.workflow.get(runId);
  expect(problem?.tried.length).toBeGreaterThan(0);
  expect(problem?.next.map(({ command }) => command)).toContainEqual(expect.stringContaining(`grym rerun ${runId} --from s1`));
});

test('further attempts are counted for the run as a whole, and the count outlives the process', async () => {
  let failures = 2;
  bench.behave = ({ path }) => {
    if (path === 's2' && failures > 0) {
      failures -= 1;
      throw new GrymError('GRYM_STEP_UNREACHABLE', { step: 'work', reason: 'nobody answers' });
    }
  };
  const handle = bench.run(chain('work', 'work'));
  const run = await clock.turnUntil(handle.finished);
  expect(run.retries).toBe(2);
  expect(bench.workflow.detail(run.runId).steps[1]).toMatchObject({ attempts: 3, tried: [{ attempt: 1 }, { attempt: 2 }] });
});
