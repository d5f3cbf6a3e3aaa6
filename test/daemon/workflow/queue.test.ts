import { jest } from '@jest/globals';
import { GrymError } from '../../../daemon/kernel/index.js';
import { temporaryFolders, thrownBy } from '../doubles/index.js';
import { openWorkbench, untilState, type Workbench } from './workbench.js';

const folder = temporaryFolders();
let bench: Workbench;
afterEach(() => bench.close());

/** A generator that works only when it is let. */
function gate(workbench: Workbench): { open: () => void; started: string[]; mostAtOnce: () => number } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const started: string[] = [];
  let now = 0;
  let most = 0;
  workbench.generator.hook = async ({ prompt }) => {
    started.push(prompt);
    now += 1;
    most = Math.max(most, now);
    await opened;
    now -= 1;
  };
  return { open, started, mostAtOnce: () => most };
}

test('runs start in the order they were accepted, at most concurrentRuns at once', async () => {
  bench = openWorkbench(folder(), { concurrentRuns: 2 });
  await bench.workflow.start();
  const generator = gate(bench);
  const handles = ['a', 'b', 'c', 'd', 'e'].map((prompt) => bench.workflow.submit({ prompt }));
  await untilState(bench.workflow, handles[1]?.runId ?? '', 'running');
  expect(bench.workflow.statistics()).toMatchObject({ running: 2, queued: 3 });
  generator.open();
  await Promise.all(handles.map(({ finished }) => finished));
  expect(generator.started).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(generator.mostAtOnce()).toBe(2);
});

test('one run more than may wait is refused with GRYM_BUSY, and accepted again when there is room', async () => {
  bench = openWorkbench(folder(), { maximumWaitingRuns: 2 });
  await bench.workflow.start();
  const generator = gate(bench);
  const first = bench.workflow.submit({ prompt: 'running' });
  await untilState(bench.workflow, first.runId, 'running');
  const waiting = ['a', 'b'].map((prompt) => bench.workflow.submit({ prompt }));
  expect(thrownBy(() => bench.workflow.submit({ prompt: 'c' }))).toMatchObject({
    code: 'GRYM_BUSY',
    kind: 'resource',
    message: '2 runs are waiting already, which is the limit.',
  });
  expect(bench.workflow.list()).toHaveLength(3);
  generator.open();
  await Promise.all([first, ...waiting].map(({ finished }) => finished));
  await expect(bench.workflow.submit({ prompt: 'c' }).finished).resolves.toMatchObject({ state: 'done' });
});

test('cancelling stops the generation, makes no clip, and lets the next run go', async () => {
  bench = openWorkbench(folder());
  await bench.workflow.start();
  const generator = gate(bench);
  const running = bench.workflow.submit({ prompt: 'a' });
  const queued = bench.workflow.submit({ prompt: 'b' });
  const last = bench.workflow.submit({ prompt: 'c' });
  await untilState(bench.workflow, running.runId, 'running');
  expect(bench.workflow.cancel(queued.runId)).toBe(true);
  expect(bench.workflow.cancel(running.runId)).toBe(true);
  await expect(running.finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  await expect(queued.finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  generator.open();
  await last.finished;
  expect(generator.started).toEqual(['a', 'c']);
  expect(bench.library.list().map(({ prompt }) => prompt)).toEqual(['c']);
  expect(bench.workflow.get(running.runId).state).toBe('cancelled');
  expect(bench.workflow.cancel(running.runId)).toBe(false);
  expect(thrownBy(() => bench.workflow.cancel('nonsense'))).toMatchObject({ code: 'GRYM_RUN_UNKNOWN' });
});

test('the signal of the request cancels its run', async () => {
  bench = openWorkbench(folder());
  await bench.workflow.start();
  gate(bench);
  const controller = new AbortController();
  const { runId, finished } = bench.workflow.submit({ prompt: 'a' }, { signal: controller.signal });
  await untilState(bench.workflow, runId, 'running');
  controller.abort();
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  const submit = (): unknown => bench.workflow.submit({ prompt: 'b' }, { signal: AbortSignal.abort() });
  expect(thrownBy(submit)).toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('a request that is sent twice with one key runs once', async () => {
  bench = openWorkbench(folder());
  await bench.workflow.start();
  const first = bench.workflow.submit({ prompt: 'bass', requestKey: 'k' });
  const again = bench.workflow.submit({ prompt: 'bass', requestKey: 'k' });
  expect(again.runId).toBe(first.runId);
  const { clipHash } = await first.finished;
  const later = await bench.workflow.submit({ prompt: 'bass', requestKey: 'k' }).finished;
  expect(later).toMatchObject({ runId: first.runId, clipHash });
  expect(bench.generator.calls).toBe(1);
});

test('an error of the generator that may pass costs a retry; one that may not ends the run', async () => {
  bench = openWorkbench(folder());
  await bench.workflow.start();
  let failures = 1;
  bench.generator.hook = () => {
    if (failures === 0) return Promise.resolve();
    failures -= 1;
    throw new GrymError('GRYM_SHUTTING_DOWN', {}); // of kind transient
  };
  await expect(bench.workflow.submit({ prompt: 'a' }).finished).resolves.toMatchObject({ state: 'done' });
  expect(bench.generator.calls).toBe(2);
  bench.generator.hook = () => Promise.reject(new Error('broken'));
  await expect(bench.workflow.submit({ prompt: 'b' }).finished).rejects.toMatchObject({ code: 'GRYM_INTERNAL', kind: 'fatal' });
  expect(bench.generator.calls).toBe(3);
});

test('a generation that stands still too long ends with GRYM_STALLED', async () => {
  bench = openWorkbench(folder(), { generateDeadlineSeconds: 0.05 });
  await bench.workflow.start();
  gate(bench);
  await expect(bench.workflow.submit({ prompt: 'a' }).finished).rejects.toMatchObject({ code: 'GRYM_STALLED', kind: 'timeout' });
});

test('the oldest finished runs are forgotten beyond the number kept; their clips stay', async () => {
  bench = openWorkbench(folder(), { finishedRunsKept: 3 });
  await bench.workflow.start();
  for (const prompt of ['a', 'b', 'c', 'd', 'e']) await bench.workflow.submit({ prompt }).finished;
  expect(bench.workflow.list().map(({ prompt }) => prompt)).toEqual(['e', 'd', 'c']);
  expect(bench.library.count()).toBe(5);
  expect(bench.workflow.statistics().stepTimes).toMatchObject([{ step: 'generate', count: 3 }]);
});

test('a run that ends after the clock was set back is remembered all the same', async () => {
  bench = openWorkbench(folder(), { finishedRunsKept: 2 });
  await bench.workflow.start();
  for (const prompt of ['a', 'b']) await bench.workflow.submit({ prompt }).finished;
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now - 86_400_000);
  try {
    await expect(bench.workflow.submit({ prompt: 'c' }).finished).resolves.toMatchObject({ state: 'done' });
  } finally {
    clock.mockRestore();
  }
  expect(bench.workflow.list().map(({ prompt }) => prompt)).toEqual(['c', 'b']);
});
