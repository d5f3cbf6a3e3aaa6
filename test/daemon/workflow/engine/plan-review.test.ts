import { ScriptedPlanner, scriptedPlan, temporaryFolders, thrownBy } from '../../doubles/index.js';
import { handsOn, openAsk, type AskBench } from './ask-bench.js';

const folder = temporaryFolders();
const OUTPUT = `outputs:\n  made: \${ steps.make.value }\n`;
const plans = (value: string) => scriptedPlan(handsOn(value), { outputs: OUTPUT });

let data: string;
let planner: ScriptedPlanner;
let bench: AskBench;
beforeEach(async () => {
  data = folder();
  planner = new ScriptedPlanner({ plans: [plans('one')] });
  bench = openAsk(data, [planner]);
  await bench.start();
});
afterEach(() => bench.close());

test('where it was asked for, the plan is shown before it is carried out: in plain words, and as the document', async () => {
  const { runId, settled } = bench.ask('something dark', { review: true });
  const { state, waitingFor } = await settled;
  expect(state).toBe('waiting-for-decision');
  expect(waitingFor).toMatchObject({
    ...{ kind: 'decision', path: 'rounds[0]/review', question: 'Shall this plan be carried out?', takesDocument: true },
    options: [{ id: 'run' }, { id: 'give-up' }],
  });
  const details = waitingFor?.kind === 'decision' ? (waitingFor.details ?? '') : '';
  expect(details.split('\n').slice(0, 3)).toEqual([
    'Asked for: something dark',
    '1. work (Takes a thread.), with value "one".',
    'Why: It is what the script says.',
  ]);
  expect(details).toContain(plans('one').document.trimEnd());
  expect(bench.parts(runId)).toEqual([]);
  bench.workflow.decide(runId, undefined, ['run']);
});

test('it waits for days and over restarts, holding nothing; then the plan is carried out', async () => {
  const { runId, settled } = bench.ask('something dark', { review: true });
  await settled;
  await expect(bench.run(handsOn('other')).finished).resolves.toMatchObject({ state: 'done' });
  await bench.close();
  bench = openAsk(data, [planner]);
  await bench.start();
  expect(bench.workflow.get(runId).state).toBe('waiting-for-decision');
  const ended = new Promise((resolve) =>
    bench.workflow.onEvent(({ run }) => run.runId === runId && run.endedAtMs !== null && resolve(run)),
  );
  bench.workflow.decide(runId, undefined, ['run']);
  expect(await ended).toMatchObject({ state: 'done', outputs: { outputs: { made: 'one' } } });
  expect(planner.asked).toHaveLength(1);
});

test('an edited document is carried out instead, and the planner judges that', async () => {
  const { runId, settled, finished } = bench.ask('something dark', { review: true });
  await settled;
  bench.workflow.decide(runId, undefined, ['run'], plans('mine').document);
  expect(await finished).toMatchObject({ outputs: { outputs: { made: 'mine' } } });
  expect(planner.judged[0]?.earlier[0]?.document).toBe(plans('mine').document);
});

test('a document with mistakes is refused with all of them, and the run waits on', async () => {
  const { runId, settled, finished } = bench.ask('something dark', { review: true });
  await settled;
  const wrong = scriptedPlan('  - { id: make, use: wrok }\n  - { id: again, use: carry-out-plan, with: { document: x } }\n').document;
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['run'], wrong))).toMatchObject({
    code: 'GRYM_WORKFLOW_INVALID',
    message: expect.stringMatching(/line 5, column \d+: .*"wrok"[^]*line 6, column \d+: .*"carry-out-plan"/) as string,
  });
  expect(bench.workflow.get(runId).state).toBe('waiting-for-decision');
  bench.workflow.decide(runId, undefined, ['run']);
  await expect(finished).resolves.toMatchObject({ outputs: { outputs: { made: 'one' } } });
});

test('a plan that is given up is not carried out; nothing else is planned', async () => {
  const { runId, settled, finished } = bench.ask('something dark', { review: true });
  await settled;
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['give-up'], plans('mine').document))).toMatchObject({
    code: 'GRYM_DECISION_INVALID',
  });
  bench.workflow.decide(runId, undefined, ['give-up']);
  await expect(finished).resolves.toMatchObject({ state: 'done', clipHash: null, outputs: { satisfied: false, plans: 0, clip: null } });
  expect(bench.parts(runId)).toEqual([]);
  expect(planner.judged).toEqual([]);
});

test('each plan is shown, also those that are planned anew', async () => {
  planner = new ScriptedPlanner({ plans: [plans('one')], reviews: [{ kind: 'replan', reason: 'Too bright.', plan: plans('two') }] });
  await bench.close();
  bench = openAsk(data, [planner]);
  await bench.start();
  const { runId, settled, finished } = bench.ask('something dark', { review: true });
  await settled;
  bench.workflow.decide(runId, undefined, ['run']);
  const second = await new Promise((resolve) =>
    bench.workflow.onEvent(({ run }) => run.runId === runId && run.waitingFor?.path === 'rounds[1]/review' && resolve(run.waitingFor)),
  );
  expect(second).toMatchObject({ details: expect.stringContaining('Why: Too bright.') as string });
  bench.workflow.decide(runId, undefined, ['give-up']);
  // What the first plan led to is still the result.
  await expect(finished).resolves.toMatchObject({ outputs: { plans: 1, outputs: { made: 'one' } } });
});

test('a question that takes no document refuses one', async () => {
  const { runId, settled } = bench.run('  - { id: question, use: ask }\n');
  await settled;
  expect(thrownBy(() => bench.workflow.decide(runId, undefined, ['yes'], 'workflow: x'))).toMatchObject({
    code: 'GRYM_DECISION_INVALID',
    message: expect.stringContaining('takes no document') as string,
  });
});
