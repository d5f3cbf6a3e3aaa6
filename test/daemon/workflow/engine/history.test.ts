import { replayHistory, type RunHistory } from '../../../../daemon/workflow/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder());
  await bench.start();
});
afterEach(() => bench.close());

const STEPS = `
  - id: each
    parallel: { times: '\${ inputs.count }', atMost: 4, as: candidate, atLeast: 1 }
    steps:
      - { id: make, use: work, with: { value: '\${ candidate.index }' } }
  - { id: skipped, use: absent, whenUnavailable: skip }
  - { id: last, use: pure, with: { value: '\${ steps.each }' } }
outputs:
  result: \${ steps.last.value }
`;
const head = 'inputs:\n  count: { type: integer, default: 3, help: How many. }\n  prompt: { type: text, default: bass, help: Words. }\n';

async function recorded(): Promise<RunHistory> {
  const { runId } = await bench.run(STEPS, { head }).finished;
  // As it is written to a file and read again.
  return JSON.parse(JSON.stringify(bench.workflow.history(runId))) as RunHistory;
}

test('holds definition, inputs, each step with what it got and gave, the end and the context', async () => {
  const history = await recorded();
  expect(history).toMatchObject({ format: 1, workflow: 'test', inputs: { count: 3, prompt: 'bass' }, end: { state: 'done' } });
  expect(history.activations.map(({ path, state }) => [path, state])).toEqual([
    ['each[0]/make', 'done'],
    ['each[1]/make', 'done'],
    ['each[2]/make', 'done'],
    ['skipped', 'skipped'],
    ['last', 'done'],
  ]);
  expect(history.context).toContainEqual(expect.objectContaining({ field: 'prompt', value: 'bass' }));
});

test('is led through the graph to the same steps and the same end', async () => {
  expect(replayHistory(await recorded())).toEqual([]);
});

test('of a failed run is led to its failure', async () => {
  bench.behave = ({ path }) => {
    if (path === 'last') throw new Error('broken');
  };
  const handle = bench.run(STEPS, { head });
  await expect(handle.finished).rejects.toThrow('broken');
  expect(replayHistory(bench.workflow.history(handle.runId))).toEqual([]);
});

test('a graph that asks for something else is found out', async () => {
  const history = await recorded();
  const [first, ...rest] = history.activations;
  if (first === undefined) throw new Error('no step was recorded');
  expect(replayHistory({ ...history, inputs: { ...history.inputs, count: 2 } })).toEqual(
    expect.arrayContaining([expect.stringContaining('each[2]/make')]) as string[],
  );
  expect(replayHistory({ ...history, activations: rest })).toEqual(
    expect.arrayContaining([expect.stringContaining('each[0]/make'), expect.stringContaining('the end')]) as string[],
  );
  expect(replayHistory({ ...history, activations: [{ ...first, params: { value: 7 } }, ...rest] })).toEqual([
    expect.stringContaining('each[0]/make: was'),
  ]);
  expect(replayHistory({ ...history, end: { ...history.end, outputs: { result: 'other' } } })).toEqual([
    expect.stringContaining('the end'),
  ]);
});
