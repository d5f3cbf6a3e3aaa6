import { temporaryFolders } from '../../doubles/index.js';
import { chain, gate, openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let bench: EngineBench;
beforeEach(async () => {
  data = folder();
  bench = openEngine(data);
  await bench.start();
  for (const name of ['A', 'B']) bench.bridges.connect(`bridge-${name}`, name);
});
afterEach(() => bench.close());

const one = chain('work');

test('a higher priority goes first, then an earlier deadline, then what was accepted first', async () => {
  bench.workflow.pauseQueue();
  const later = Date.now() + 3_600_000;
  const runs = {
    plain: bench.run(one),
    late: bench.run(one, { deadlineAtMs: later + 1_000 }),
    soon: bench.run(one, { deadlineAtMs: later }),
    urgent: bench.run(one, { priority: 5 }),
    patient: bench.run(one, { priority: -5 }),
  };
  bench.workflow.resumeQueue();
  await Promise.all(Object.values(runs).map(({ finished }) => finished));
  const names = bench.calls.map(({ runId }) => Object.entries(runs).find(([, handle]) => handle.runId === runId)?.[0]);
  expect(names).toEqual(['urgent', 'soon', 'late', 'plain', 'patient']);
});

test('a bridge with much to do does not keep another one waiting: they take turns', async () => {
  bench.workflow.pauseQueue();
  const many = Array.from({ length: 6 }, () => bench.run(one, { bridge: 'A' }));
  const few = Array.from({ length: 2 }, () => bench.run(one, { bridge: 'B' }));
  bench.workflow.resumeQueue();
  await Promise.all([...many, ...few].map(({ finished }) => finished));
  const of = bench.calls.map(({ runId }) => bench.workflow.get(runId).bridgeId);
  expect(of.slice(0, 4).sort()).toEqual(['bridge-A', 'bridge-A', 'bridge-B', 'bridge-B']);
});

test('a long run gives its place up between steps where something more urgent waits', async () => {
  const { opened, open } = gate();
  bench.behave = ({ path }) => (path === 's1' ? opened : undefined);
  const long = bench.run(chain('work', 'work', 'work'));
  await Promise.resolve();
  const urgent = bench.run('  - { id: now, use: work }\n', { priority: 10 });
  open();
  await Promise.all([long.finished, urgent.finished]);
  expect(bench.paths()).toEqual(['s1', 'now', 's2', 's3']);
});

test('a paused queue starts nothing new, finishes the step that runs, and stays paused over a restart', async () => {
  const { opened, open } = gate();
  bench.behave = ({ path }) => (path === 's1' ? opened : undefined);
  const first = bench.run(chain('work', 'work'));
  const { runId } = bench.run(one);
  await new Promise((resolve) => setImmediate(resolve));
  expect(bench.workflow.pauseQueue()).toMatchObject({ paused: true, runningSteps: 1, queuedRuns: 1 });
  open();
  await new Promise((resolve) => setImmediate(resolve));
  expect(bench.paths()).toEqual(['s1']);
  expect(bench.workflow.detail(first.runId).steps).toMatchObject([{ path: 's1', state: 'done' }]);
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  expect(bench.workflow.queueState()).toMatchObject({ paused: true, queuedRuns: 2 });
  const ended = new Promise((resolve) =>
    bench.workflow.onEvent(({ run }) => run.runId === runId && run.endedAtMs !== null && resolve(run.state)),
  );
  expect(bench.workflow.resumeQueue()).toMatchObject({ paused: false });
  expect(await ended).toBe('done');
  expect(bench.paths()).toEqual(['s2', 's1']);
});

test('a run in a paused queue can be cancelled', async () => {
  bench.workflow.pauseQueue();
  const { runId, finished } = bench.run(one);
  expect(bench.workflow.cancel(runId)).toBe(true);
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(bench.workflow.queueState()).toMatchObject({ queuedRuns: 0, queuedSteps: 0 });
});
