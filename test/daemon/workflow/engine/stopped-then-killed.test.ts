import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '../../doubles/fake-clock.js';
import { temporaryFolders } from '../../doubles/index.js';
import { chain, gate, openEngine, stateOf, untilCalled, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let step: ReturnType<typeof gate>;
let bench: EngineBench;
let clock: FakeClock;

beforeEach(async () => {
  data = join(folder(), 'data');
  step = gate();
  clock = new FakeClock();
  bench = openEngine(data, { clock });
  await bench.start();
});
afterEach(async () => {
  delete process.env['GRYM_FAILPOINTS'];
  step.open();
  await clock.turnUntil(bench.close());
});

/** Starts a run whose step does not listen, and does something to it while the step is carried out. */
async function duringStep(act: (runId: string) => void, deadlineAtMs?: number): Promise<string> {
  bench.behave = () => step.opened;
  const called = untilCalled(bench, 's1');
  const { runId, finished } = bench.run(chain('hooked', 'work'), deadlineAtMs === undefined ? {} : { deadlineAtMs });
  finished.catch(() => undefined);
  await called;
  act(runId);
  return runId;
}

/** What a process finds that starts where this one was killed now. */
async function afterKill(look: (next: EngineBench) => Promise<void> | void): Promise<void> {
  const left = join(folder(), 'left');
  cpSync(data, left, { recursive: true });
  const next = openEngine(left);
  await next.start();
  await look(next);
  await next.close();
}

test('a run that was cancelled is cancelled, although the process died before the step had stopped', async () => {
  const runId = await duringStep((id) => expect(bench.workflow.cancel(id)).toBe(true));
  expect(stateOf(bench, runId)).toBe('running');
  await afterKill((next) => {
    expect(next.workflow.detail(runId)).toMatchObject({
      state: 'cancelled',
      error: { code: 'GRYM_CANCELLED' },
      problem: null,
      steps: [{ path: 's1', state: 'cancelled' }],
    });
    expect(next.hooks()).toEqual(['prepare s1 1', 'abandon s1']);
    expect(next.paths()).toEqual([]);
    expect(next.workflow.list({ state: 'open' })).toEqual([]);
  });
});

test('a run whose deadline had passed has failed, although the process died before the step had stopped', async () => {
  const deadlineAtMs = clock.nowMs() + 5_000;
  const runId = await duringStep(() => undefined, deadlineAtMs);
  await clock.turn(6_000);
  await afterKill((next) => {
    expect(next.workflow.detail(runId)).toMatchObject({ state: 'failed', error: { code: 'GRYM_RUN_DEADLINE' } });
    expect(next.workflow.get(runId).problem?.next.length).toBeGreaterThan(0);
  });
});

test('what the journal does not take is stopped all the same, and cancelled once it takes it', async () => {
  process.env['GRYM_FAILPOINTS'] = 'run.stopping=ENOSPC,run.finishing=ENOSPC@1';
  const runId = await duringStep((id) => expect(bench.workflow.cancel(id)).toBe(true));
  step.open();
  await clock.turn(2_000);
  expect(stateOf(bench, runId)).toBe('cancelled');
  expect(bench.paths()).toEqual(['s1']);
});
