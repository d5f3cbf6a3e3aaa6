import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

let data: string;
let bench: EngineBench;
beforeEach(async () => {
  data = folder();
  bench = openEngine(data);
  await bench.start();
});
afterEach(() => bench.close());
// Removed after that: hooks run in the order they stand in.
const folder = temporaryFolders();

test('a document whose first expressions have no value is refused, and nothing is journalled', () => {
  const steps = "  - { id: first, use: work, with: { value: '${ [1][inputs.place] }' } }\n";
  const head = 'inputs:\n  place: { type: integer, default: 5, help: Which. }\n';
  expect(thrownBy(() => bench.run(steps, { head }))).toMatchObject({ code: 'GRYM_WORKFLOW_EXPRESSION' });
  expect(bench.workflow.list()).toEqual([]);
});

test('a re-run whose first expressions have no value is refused too', async () => {
  const steps = "  - { id: first, use: work, with: { value: '${ [1][inputs.place] }' } }\n";
  const head = 'inputs:\n  place: { type: integer, default: 0, help: Which. }\n';
  const { runId } = await bench.run(steps, { head }).finished;
  expect(thrownBy(() => bench.workflow.rerun({ runId, from: 'first', inputs: { place: 5 } }))).toMatchObject({
    code: 'GRYM_WORKFLOW_EXPRESSION',
  });
  expect(bench.workflow.list()).toHaveLength(1);
});

test('of many mistakes five are told, one on each line, and how many more there are', () => {
  const error = thrownBy(() => bench.run(chain('a', 'b', 'c', 'd', 'e', 'f', 'g'))) as Error;
  const [first, ...lines] = error.message.split('\n');
  expect(first).toBe('The workflow test.yaml has mistakes:');
  expect(lines).toHaveLength(6);
  for (const line of lines.slice(0, 5)) expect(line).toMatch(/^ {2}test\.yaml:\d+:\d+: /);
  expect(lines[5]).toBe('  … and 2 more');
});

test('a run works from the stored form of its definition: keys are in the same order before and after a restart', async () => {
  const steps =
    "  - { id: first, use: work, with: { value: { b: 1, a: 2, c: '${ inputs.word }' } } }\n  - { id: second, use: work, with: { value: { z: 1, y: 2 } } }\n";
  const { runId } = await bench.run(steps, { head: 'inputs:\n  word: { type: text, default: a, help: A word. }\n' }).finished;
  const keys = bench.calls.map(({ input }) => Object.keys(input['value'] as object));
  expect(keys).toEqual([
    ['a', 'b', 'c'],
    ['y', 'z'],
  ]);
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  await bench.workflow.rerun({ runId, from: 'first' }).finished;
  expect(bench.calls.map(({ input }) => Object.keys(input['value'] as object))).toEqual(keys);
});

test.each([
  ['inputs', "inputs = '{'"],
  ['a state of stuckness that this release does not know', "when_stuck = 'pray'"],
  ['edits', "edits = '[]'"],
])('an open run whose %s cannot be read ends as failed, and the others go on', async (_what, damage) => {
  bench.workflow.pauseQueue();
  const [broken, whole] = [bench.run(chain('work')), bench.run(chain('work'))];
  bench.database.run(`UPDATE runs SET ${damage} WHERE run_id = :runId`, { runId: broken.runId });
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  expect(bench.workflow.get(broken.runId)).toMatchObject({ state: 'failed', error: { code: 'GRYM_INTERNAL' } });
  const ended = new Promise<string>((resolve) =>
    bench.workflow.onEvent(({ run }) => run.runId === whole.runId && run.endedAtMs !== null && resolve(run.state)),
  );
  bench.workflow.resumeQueue();
  expect(await ended).toBe('done');
});

test('an open run whose steps cannot be read ends as failed, and the others go on', async () => {
  bench.workflow.pauseQueue();
  const broken = bench.run(chain('work'));
  bench.database.run(
    `INSERT INTO activations (run, path, position, scope, step, state, attempts, params)
     SELECT sequence, 's1', '0000', '', 'work', 'started', 1, '{' FROM runs WHERE run_id = :runId`,
    { runId: broken.runId },
  );
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  expect(bench.workflow.get(broken.runId).state).toBe('failed');
});
