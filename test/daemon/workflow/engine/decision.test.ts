import { temporaryFolders, thrownBy } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

const folder = temporaryFolders();
let data: string;
let bench: EngineBench;
beforeEach(async () => {
  data = folder();
  bench = openEngine(data);
  await bench.start();
});
afterEach(() => bench.close());

const ASK = `
  - { id: before, use: work }
  - { id: question, use: ask }
  - { id: after, use: work, with: { value: '\${ steps.question.chosen }' } }
outputs:
  answer: \${ steps.after.value }
`;

test('a run that waits for a decision says what is asked, and holds no place', async () => {
  const handle = bench.run(ASK);
  const waiting = await handle.settled;
  expect(waiting).toMatchObject({
    state: 'waiting-for-decision',
    stage: 'waiting for a decision',
    waitingFor: { kind: 'decision', path: 'question', question: 'Well?', multiple: false },
  });
  // Only one run may work at once: the other one does.
  await expect(bench.run('  - { id: other, use: work }\n').finished).resolves.toMatchObject({ state: 'done' });
  bench.workflow.decide(handle.runId, undefined, ['yes']);
  await expect(handle.finished).resolves.toMatchObject({ state: 'done', outputs: { answer: 'yes' }, waitingFor: null });
});

test('waits across restarts without running again, and goes on from the answer', async () => {
  const { runId, settled } = bench.run(ASK);
  await settled;
  for (let restart = 0; restart < 3; restart += 1) {
    await bench.close();
    bench = openEngine(data);
    await bench.start();
    expect(bench.workflow.get(runId)).toMatchObject({ state: 'waiting-for-decision', waitingFor: { path: 'question' } });
  }
  expect(bench.paths()).toEqual([]);
  const ended = new Promise((resolve) => bench.workflow.onEvent(({ run }) => run.endedAtMs !== null && resolve(run.outputs)));
  bench.workflow.decide(runId, 'question', ['no']);
  expect(await ended).toEqual({ answer: 'no' });
  expect(bench.paths()).toEqual(['after']);
});

test('an answer that was not offered, too many, twice or none is refused, and the run waits on', async () => {
  const { runId, settled } = bench.run(ASK);
  await settled;
  for (const answer of [['maybe'], ['yes', 'no'], ['yes', 'yes'], []]) {
    expect(thrownBy(() => bench.workflow.decide(runId, undefined, answer))).toMatchObject({ code: 'GRYM_DECISION_INVALID' });
  }
  expect(bench.workflow.get(runId).state).toBe('waiting-for-decision');
});

test('a decision is made once', async () => {
  const { runId, settled, finished } = bench.run(ASK);
  await settled;
  bench.workflow.decide(runId, undefined, ['yes']);
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['no']))).toMatchObject({ code: 'GRYM_RUN_NOT_WAITING' });
  await expect(finished).resolves.toMatchObject({ outputs: { answer: 'yes' } });
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['no']))).toMatchObject({ code: 'GRYM_RUN_NOT_WAITING' });
});

test('of several questions at once each is answered by its path', async () => {
  const two = `
  - id: both
    parallel: { times: 2, atMost: 2, as: each }
    steps:
      - { id: question, use: ask }
outputs:
  answers: \${ steps.both }
`;
  const handle = bench.run(two);
  await handle.settled;
  const { runId } = handle;
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['yes']))).toMatchObject({
    code: 'GRYM_RUN_NOT_WAITING',
    message: expect.stringContaining('both[0]/question, both[1]/question') as string,
  });
  bench.workflow.decide(runId, 'both[1]/question', ['no']);
  expect(bench.workflow.get(runId).waitingFor?.path).toBe('both[0]/question');
  bench.workflow.decide(runId, undefined, ['yes']);
  await expect(handle.finished).resolves.toMatchObject({ outputs: { answers: [{ chosen: 'yes' }, { chosen: 'no' }] } });
});

test('a run that waits can be cancelled', async () => {
  const { runId, settled, finished } = bench.run(ASK);
  await settled;
  expect(bench.workflow.cancel(runId)).toBe(true);
  await expect(finished).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(bench.workflow.detail(runId)).toMatchObject({
    state: 'cancelled',
    steps: [{ state: 'done' }, { path: 'question', state: 'cancelled' }],
  });
});
