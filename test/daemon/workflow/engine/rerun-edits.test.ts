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
  - { id: first, use: work, with: { value: '\${ inputs.other }' } }
  - { id: second, use: work, with: { value: '\${ steps.first.value }' } }
  - { id: third, use: work, with: { value: '\${ inputs.word }' } }
outputs:
  result: \${ steps.third.value }
`;
const head = 'inputs:\n  word: { type: text, default: a, help: A word. }\n  other: { type: text, default: o, help: Another. }\n';
const firstRun = async (): Promise<string> => (await bench.run(CHAIN, { head }).finished).runId;

test('the record of a re-run says which parameters were set, for it and for those after it', async () => {
  const second = await bench.workflow.rerun({ runId: await firstRun(), from: 'third', params: { value: 'x' } }).finished;
  expect(second.edits).toEqual({ third: { value: 'x' } });
  const third = await bench.workflow.rerun({ runId: second.runId, from: 'second' }).finished;
  expect(bench.workflow.get(third.runId)).toMatchObject({ edits: { third: { value: 'x' } }, outputs: { result: 'x' } });
});

test('a parameter of an earlier re-run does not hide an input that is changed for the same step; the notes say so', async () => {
  const second = await bench.workflow.rerun({ runId: await firstRun(), from: 'third', params: { value: 'x' } }).finished;
  const third = await bench.workflow.rerun({ runId: second.runId, from: 'third', inputs: { word: 'b' } }).finished;
  expect(third).toMatchObject({ outputs: { result: 'b' }, edits: {} });
  expect(third.notes).toEqual([expect.stringMatching(/^value=x of the step "third", .* counts no more, since inputs were changed\.$/)]);
});

test('one of a later step holds on, and the notes say so', async () => {
  const second = await bench.workflow.rerun({ runId: await firstRun(), from: 'third', params: { value: 'x' } }).finished;
  const third = await bench.workflow.rerun({ runId: second.runId, from: 'second', inputs: { word: 'b' } }).finished;
  expect(third).toMatchObject({ outputs: { result: 'x' }, edits: { third: { value: 'x' } } });
  expect(third.notes).toEqual([expect.stringMatching(/"third" keeps value=x, .* whatever the changed inputs say/)]);
});

test('results before the beginning are kept as asked, and the notes name those that would be others now', async () => {
  bench.calls.length = 0;
  const runId = await firstRun();
  bench.calls.length = 0;
  const again = await bench.workflow.rerun({ runId, from: 'third', inputs: { other: 'p', word: 'b' } }).finished;
  expect(bench.paths()).toEqual(['third']);
  expect(again.notes).toEqual([expect.stringMatching(/^Kept from before "third" .*: first\.$/)]);
});

test('notes of the acceptance outlive a restart and stand at the end too', async () => {
  const data = folder();
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  const runId = await firstRun();
  bench.workflow.pauseQueue();
  const again = bench.workflow.rerun({ runId, from: 'third', inputs: { other: 'p' } }).runId;
  await bench.close();
  bench = openEngine(data);
  await bench.start();
  expect(bench.workflow.get(again).notes).toHaveLength(1);
  const ended = new Promise<void>((resolve) => bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve()));
  bench.workflow.resumeQueue();
  await ended;
  expect(bench.workflow.get(again)).toMatchObject({ state: 'done', notes: [expect.stringContaining('first')] });
});

test('null leaves a parameter open again', async () => {
  const second = await bench.workflow.rerun({ runId: await firstRun(), from: 'third', params: { value: null } }).finished;
  expect(bench.calls.at(-1)?.input).toEqual({});
  expect(second.edits).toEqual({ third: { value: null } });
});

test('a parameter that the step does not have is refused with what was probably meant, and no run is made', async () => {
  const runId = await firstRun();
  expect(thrownBy(() => bench.workflow.rerun({ runId, from: 'third', params: { valu: 1 } }))).toMatchObject({
    code: 'GRYM_STEP_PARAMETERS',
    kind: 'invalid-input',
    message: expect.stringContaining('Did you mean "value"?') as string,
  });
  expect(bench.workflow.list()).toHaveLength(1);
});
