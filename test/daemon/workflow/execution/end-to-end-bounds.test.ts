import { DEFAULT_RUN_RETRIES } from '../../../../daemon/recovery/index.js';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { EndToEndBench, type EndToEndOptions } from './end-to-end-bench.js';
import { testStep, type Attempt } from './executor-bench.js';

const MIB = 2 ** 20;
const folder = temporaryFolders();
let bench: EndToEndBench;
afterEach(() => bench.close());

async function open(step: EndToEndOptions['step']): Promise<EndToEndBench> {
  bench = new EndToEndBench(folder(), { step });
  await bench.workflow.start();
  return bench;
}

const whole = (): Promise<unknown> => Promise.resolve({ sound: 'whole' });
const unreachable = (): Promise<never> => Promise.reject(new GrymError('GRYM_STEP_UNREACHABLE', { step: 'make-sound', reason: 'gone' }));
const hangs = ({ signal }: Attempt): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

test('memory that is more than all there is for work: smaller settings, else the run fails and names the setting', async () => {
  const memoryBytes = (size: number): number => size * 10 * MIB;
  await open(testStep(whole, { canShrink: true, memoryBytes }));
  expect(await bench.run({ size: 8 })).toMatchObject({ state: 'done', retries: 1 });
  expect(bench.parts.ledger.usage()).toMatchObject({ leases: 0, waiting: 0 });
  await bench.close();
  await open(testStep(whole, { memoryBytes }));
  const detail = await bench.run({ size: 8 });
  expect(detail).toMatchObject({ state: 'failed', retries: 0, error: { code: 'GRYM_RESOURCE_IMPOSSIBLE' } });
  expect(detail.problem?.what).toContain('workMemoryMegabytes');
});

test('the deadline of the run ends it wherever it is, and says so', async () => {
  await open(testStep(hangs));
  const detail = await bench.run({ deadlineAtMs: bench.clock.nowMs() + 40 });
  expect(detail).toMatchObject({ state: 'failed', error: { code: 'GRYM_RUN_DEADLINE' } });
  expect(detail.problem?.next.length).toBeGreaterThan(0);
});

test('a cancel ends the pause between two attempts at once', async () => {
  await open(testStep(unreachable));
  const handle = bench.start();
  await bench.clock.turn(50);
  expect(bench.clock.pending).toBe(1);
  expect(bench.workflow.cancel(handle.runId)).toBe(true);
  await expect(handle.finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(bench.workflow.detail(handle.runId)).toMatchObject({ state: 'cancelled', retries: 0 });
  expect(bench.clock.pending).toBe(0);
});

test('a restart in the pause between two attempts: the run goes on with the next one', async () => {
  let isBroken = true;
  await open(testStep(({ attempt }) => (isBroken && attempt < 3 ? unreachable() : whole())));
  const { runId, finished } = bench.start();
  finished.catch(() => undefined);
  await bench.clock.turn(50);
  expect(bench.clock.pending).toBe(1);
  isBroken = false;
  await bench.restart(1_000);
  const end = new Promise<void>((resolve) => bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve()));
  if (bench.workflow.get(runId).endedAtMs === null) await bench.clock.turnUntil(end);
  const detail = bench.workflow.detail(runId);
  expect(detail.state).toBe('done');
  expect(detail.steps.find(({ path }) => path === 'make')?.attempts).toBe(2);
  expect(bench.passes).toEqual(['before', 'after']);
});

test('further attempts are bounded for the run as a whole, whatever its steps allow', async () => {
  let acts = 0;
  await open(testStep(() => ((acts += 1), unreachable()), { capability: null }));
  const text = `
workflow: many-failures
version: 1
title: Many failures
help: Each branch fails and tries again
steps:
  - id: branches
    parallel: { times: 30, atMost: 30, atLeast: 0 }
    steps:
      - id: make
        use: make-sound
        attempts: 4
`;
  const detail = await bench.settled(bench.workflow.run({ workflow: { text, fileName: 'many-failures.yaml' }, inputs: {} }));
  // 30 first attempts and, instead of 3 further ones each, 50 for all.
  expect(detail.retries).toBe(DEFAULT_RUN_RETRIES);
  expect(acts).toBeLessThanOrEqual(30 + DEFAULT_RUN_RETRIES);
  const givenUp = detail.steps
    .flatMap(({ tried }) => tried)
    .filter(({ words }) => words.includes('the run has used up its 50 further attempts'));
  expect(givenUp.length).toBeGreaterThan(0);
});
