import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());
// Removed after that: hooks run in the order they stand in.
const folder = temporaryFolders();

const CHAIN = `
  - { id: first, use: work, with: { value: 1 } }
  - { id: second, use: work, with: { value: '\${ steps.first.value }' } }
  - { id: third, use: work, with: { value: '\${ inputs.word }' } }
outputs:
  result: \${ steps.third.value }
`;
const head = 'inputs:\n  word: { type: text, default: a, help: A word. }\n';

test('from the last step with one parameter changed: only that step runs', async () => {
  const first = await bench.run(CHAIN, { head }).finished;
  bench.calls.length = 0;
  const again = await bench.workflow.rerun({ runId: first.runId, from: 'third', params: { value: 'changed' } }).finished;
  expect(bench.paths()).toEqual(['third']);
  expect(again).toMatchObject({ state: 'done', rerunOf: first.runId, outputs: { result: 'changed' } });
  expect(bench.workflow.get(first.runId)).toMatchObject({ state: 'done', outputs: { result: 'a' } });
});

test('from a step in the middle: it and all that comes after it run, with edited inputs', async () => {
  const first = await bench.run(CHAIN, { head }).finished;
  bench.calls.length = 0;
  const again = await bench.workflow.rerun({ runId: first.runId, from: 'second', inputs: { word: 'b' } }).finished;
  expect(bench.paths()).toEqual(['second', 'third']);
  expect(again.outputs).toEqual({ result: 'b' });
});

test('shared results say whose they are, and count no attempt', async () => {
  const first = await bench.run(CHAIN, { head }).finished;
  const again = await bench.workflow.rerun({ runId: first.runId, from: 'third' }).finished;
  expect(bench.workflow.detail(again.runId).steps.map(({ path, cachedFrom, attempts }) => ({ path, cachedFrom, attempts }))).toEqual([
    { path: 'first', cachedFrom: `${first.runId}/first`, attempts: 0 },
    { path: 'second', cachedFrom: `${first.runId}/second`, attempts: 0 },
    { path: 'third', cachedFrom: null, attempts: 1 },
  ]);
});

test('from a step of one parallel branch: the other branches are shared', async () => {
  const parallel = `
  - id: each
    parallel: { times: 3, atMost: 3, as: candidate }
    steps:
      - { id: make, use: work, with: { value: '\${ candidate.index }' } }
      - { id: fit, use: work, with: { value: '\${ steps.make.value }' } }
  - { id: pick, use: work, with: { value: '\${ steps.each }' } }
`;
  const first = await bench.run(parallel).finished;
  bench.calls.length = 0;
  await bench.workflow.rerun({ runId: first.runId, from: 'each[1]/fit' }).finished;
  expect(bench.paths()).toEqual(['each[1]/fit', 'pick']);
});

test('of a run that failed: goes on from the step that failed', async () => {
  bench.behave = ({ path }) => {
    if (path === 'third') throw new Error('broken');
  };
  const handle = bench.run(CHAIN, { head });
  await expect(handle.finished).rejects.toMatchObject({ code: 'GRYM_INTERNAL' });
  bench.behave = () => undefined;
  bench.calls.length = 0;
  const again = await bench.workflow.rerun({ runId: handle.runId, from: 'third' }).finished;
  expect(again.state).toBe('done');
  expect(bench.paths()).toEqual(['third']);
});

test('of a re-run keeps the parameters that it was given', async () => {
  const first = await bench.run(CHAIN, { head }).finished;
  const second = await bench.workflow.rerun({ runId: first.runId, from: 'third', params: { value: 'x' } }).finished;
  const third = await bench.workflow.rerun({ runId: second.runId, from: 'second' }).finished;
  expect(third.outputs).toEqual({ result: 'x' });
});

test('from a step that the run does not have is refused, and no run is made', async () => {
  const { runId } = await bench.run(CHAIN, { head }).finished;
  expect(thrownBy(() => bench.workflow.rerun({ runId, from: 'fourth' }))).toMatchObject({
    code: 'GRYM_STEP_UNKNOWN',
    message: expect.stringContaining('first, second, third') as string,
  });
  expect(bench.workflow.list()).toHaveLength(1);
});
