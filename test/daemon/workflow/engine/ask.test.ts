import type { Review } from '../../../../daemon/models/index.js';
import { ScriptedPlanner, scriptedPlan, temporaryFolders } from '../../doubles/index.js';
import { handsOn, openAsk, type AskBench } from './ask-bench.js';

const folder = temporaryFolders();
let bench: AskBench;
afterEach(() => bench.close());

const OUTPUT = `outputs:\n  made: \${ steps.make.value }\n`;
const plans = (value: string) => scriptedPlan(handsOn(value), { outputs: OUTPUT });
const replan = (value: string, reason = `not yet ${value}`): Review => ({ kind: 'replan', reason, plan: plans(value) });

async function open(planner: ScriptedPlanner): Promise<void> {
  bench = openAsk(folder(), [planner]);
  await bench.start();
}

test('a plan is carried out as a run of its own, and what came of it is the result', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('one')] });
  await open(planner);
  const { runId, finished } = bench.ask('something dark', { bars: 4 });
  const run = await finished;
  const [part, ...others] = bench.parts(runId);
  expect(others).toEqual([]);
  expect(part).toMatchObject({ state: 'done', workflow: 'planned', seed: 7, outputs: { made: 'one' }, partOf: runId });
  expect(run).toMatchObject({
    state: 'done',
    partOf: null,
    outputs: { satisfied: true, plans: 1, run: part?.runId, outputs: { made: 'one' } },
  });
  expect(run.explanation).toContain('Planned by scripted.');
  expect(planner.asked).toMatchObject([{ request: 'something dark', known: { bars: 4 }, earlier: [] }]);
  expect(planner.judged).toMatchObject([{ earlier: [{ outcome: 'done' }] }]);
});

test('a planner is told of the steps a plan may use, and not of those that plan', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('one')] });
  await open(planner);
  await bench.ask().finished;
  const steps = planner.asked[0]?.steps ?? [];
  expect(steps.map(({ name }) => name)).toEqual(['absent', 'ask', 'hooked', 'light', 'pure', 'work']);
  expect(steps.find(({ name }) => name === 'absent')?.available).toBe(false);
  expect(steps.find(({ name }) => name === 'work')).toMatchObject({ available: true, input: { properties: { value: {} } } });
  expect(planner.asked[0]?.workflows.map(({ name }) => name)).not.toContain('ask');
});

test.each([
  ['carry-out-plan', `  - { id: again, use: carry-out-plan, with: { document: x } }\n`],
  ['plan', `  - { id: again, use: plan, with: { request: x } }\n`],
  ['ask', `  - { id: again, workflow: ask, with: { request: x } }\n`],
])('a plan must not plan: %s is a mistake in it, at its line', async (name, steps) => {
  const planner = new ScriptedPlanner({ plans: [plans('one')] });
  await open(planner);
  await bench.ask().finished;
  expect(planner.asked[0]?.check(scriptedPlan(steps).document)).toEqual([expect.stringMatching(`^line 5, column \\d+: .*"${name}"`)]);
  expect(planner.asked[0]?.check(plans('one').document)).toEqual([]);
});

test('what a plan asks for as inputs has to be known, or to have a default', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('one')] });
  await open(planner);
  await bench.ask('something dark', { bars: 4 }).finished;
  const withInput = (name: string): string => `inputs:\n  ${name}: { type: text, help: x }\n${plans('one').document}`;
  expect(planner.asked[0]?.check(withInput('colour'))).toEqual([expect.stringContaining('inputs.colour')]);
  expect(planner.asked[0]?.check(withInput('prompt'))).toEqual([]);
});

test('after results it plans anew, each time with other chances, and knows what came before', async () => {
  const planner = new ScriptedPlanner({
    plans: [plans('one')],
    reviews: [replan('two'), replan('three'), replan('four'), { kind: 'satisfied', reason: 'Dark enough.' }],
  });
  await open(planner);
  const { runId, finished } = bench.ask();
  const run = await finished;
  expect(run.outputs).toMatchObject({ satisfied: true, plans: 4, outputs: { made: 'four' } });
  const parts = bench.parts(runId);
  expect(parts.map(({ outputs }) => outputs?.['made'])).toEqual(['one', 'two', 'three', 'four']);
  expect(new Set(parts.map(({ seed }) => seed)).size).toBe(4);
  expect(planner.judged.map(({ earlier }) => earlier.length)).toEqual([1, 2, 3, 4]);
  expect(run.explanation).toContain('Planned anew, for the third time: not yet four');
  expect(run.explanation).toContain('The result is what was asked for, says the planner (scripted): Dark enough.');
});

test('it plans anew three times at most; what came last is the result, and that the planner doubts is said', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('one')], reviews: [replan('more')] });
  await open(planner);
  const { runId, finished } = bench.ask();
  const run = await finished;
  expect(bench.parts(runId)).toHaveLength(4);
  expect(run.outputs).toMatchObject({ satisfied: false, plans: 4, outputs: { made: 'more' } });
  expect(run.explanation.at(-1)).toBe(
    'The planner (scripted) is not satisfied, and tries nothing else: it was planned anew 3 times, and that is the most (not yet more)',
  );
});

test('a plan that fails is a result: the planner sees what failed, and plans anew', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('broken')], reviews: [replan('whole'), { kind: 'satisfied', reason: 'Good.' }] });
  await open(planner);
  bench.behave = ({ input }) => {
    if (input['value'] === 'broken') throw new Error('the string is broken');
  };
  const { runId, finished } = bench.ask();
  expect(await finished).toMatchObject({ state: 'done', outputs: { satisfied: true, plans: 2, outputs: { made: 'whole' } } });
  expect(bench.parts(runId).map(({ state }) => state)).toEqual(['failed', 'done']);
  const [attempt] = planner.judged[0]?.earlier ?? [];
  expect(attempt).toMatchObject({ outcome: 'failed', summary: [expect.stringContaining('the string is broken'), expect.anything()] });
});

test('a plan that nothing can carry out now is refused, which is a result too', async () => {
  const absent = scriptedPlan('  - { id: make, use: absent }\n');
  const planner = new ScriptedPlanner({ plans: [absent], reviews: [replan('whole'), { kind: 'satisfied', reason: 'Good.' }] });
  await open(planner);
  const { runId, finished } = bench.ask();
  expect(await finished).toMatchObject({ outputs: { plans: 2, satisfied: true } });
  expect(bench.parts(runId)).toHaveLength(1);
  expect(planner.judged[0]?.earlier[0]?.summary[0]).toMatch(/^The plan could not begin: .*test\.absent/);
});

test('where nothing came of it and the planner gives up, the run fails and says why', async () => {
  const planner = new ScriptedPlanner({ plans: [plans('one')], reviews: [{ kind: 'give-up', reason: 'I know no other way.' }] });
  await open(planner);
  bench.behave = () => {
    throw new Error('the string is broken');
  };
  await expect(bench.ask().finished).rejects.toMatchObject({
    code: 'GRYM_PLAN_GIVEN_UP',
    message: expect.stringMatching(/^Nothing came of "something dark": .*the string is broken.*I know no other way\.$/) as string,
  });
});

test('where an earlier plan came to something, that stays the result when the planner gives up', async () => {
  const reviews: Review[] = [replan('broken'), { kind: 'give-up', reason: 'No other way.' }];
  await open(new ScriptedPlanner({ plans: [plans('one')], reviews }));
  bench.behave = ({ input }) => {
    if (input['value'] === 'broken') throw new Error('the string is broken');
  };
  expect(await bench.ask().finished).toMatchObject({ state: 'done', outputs: { satisfied: false, plans: 2, outputs: { made: 'one' } } });
});

test('a planner whose plan is nonsense has failed as a model does: the next planner is asked', async () => {
  const nonsense = new ScriptedPlanner({ plans: [{ ...plans('one'), document: 'steps: [' }] }, 'nonsense');
  bench = openAsk(folder(), [nonsense, new ScriptedPlanner({ plans: [{ ...plans('two'), provider: 'sensible' }] }, 'sensible')]);
  await bench.start();
  const { runId, finished } = bench.ask();
  expect(await finished).toMatchObject({ state: 'done', outputs: { outputs: { made: 'two' } } });
  const [first] = bench.workflow.detail(runId).steps;
  expect(first).toMatchObject({ provider: 'sensible', output: { provider: 'sensible' } });
  expect(first?.tried[0]?.words).toContain('the plan of scripted is wrong');
});

test('a plan that the templates made in place of a model says so, with the reason', async () => {
  await open(new ScriptedPlanner({ plans: [{ ...plans('one'), provider: 'templates', fallback: 'its answer was no plan' }] }));
  const run = await bench.ask().finished;
  expect(run.explanation[0]).toBe('Planned by the built-in templates instead of scripted: its answer was no plan');
});
