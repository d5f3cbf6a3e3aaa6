import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { chain, openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
afterEach(() => bench.close());

const count = (table: string): number => (bench.database.get(`SELECT count(*) AS count FROM ${table}`) as { count: number }).count;

test('of ended runs the newest are kept, with their steps; definitions that no run has any more go', async () => {
  bench = openEngine(folder(), { finishedRunsKept: 3 });
  await bench.start();
  const ended: string[] = [];
  for (let length = 1; length <= 6; length += 1) {
    ended.push((await bench.run(chain(...Array.from({ length }, () => 'work'))).finished).runId);
  }
  expect(bench.workflow.list().map(({ runId }) => runId)).toEqual(ended.slice(3).reverse());
  expect(count('activations')).toBe(4 + 5 + 6);
  expect(count('workflow_definitions')).toBe(3);
  expect(thrownBy(() => bench.workflow.get(ended[0] ?? ''))).toMatchObject({ code: 'GRYM_RUN_UNKNOWN' });
});

test('an open run is kept however old it is', async () => {
  bench = openEngine(folder(), { finishedRunsKept: 2 });
  await bench.start();
  const asking = bench.run('  - { id: question, use: ask }\n');
  await asking.settled;
  for (let run = 0; run < 5; run += 1) await bench.run(chain('work')).finished;
  expect(bench.workflow.get(asking.runId).state).toBe('waiting-for-decision');
  expect(bench.workflow.list()).toHaveLength(3);
});

test('the context of a forgotten run goes with it', async () => {
  bench = openEngine(folder(), { finishedRunsKept: 1 });
  await bench.start();
  const head = 'inputs:\n  prompt: { type: text, help: Words. }\n';
  for (const prompt of ['old', 'new']) await bench.run(chain('work'), { head, inputs: { prompt } }).finished;
  const [kept] = bench.workflow.list();
  const { items } = await bench.contexts.query({ text: 'old' });
  expect(items).toEqual([]);
  expect(bench.contexts.load({ runId: kept?.runId ?? '', workflow: 'test', atMs: 0 }).view('')['prompt']?.value).toBe('new');
});
