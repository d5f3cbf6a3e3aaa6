import { createTemplatePlanner, type Plan, type PlannableWorkflow, type Planner, type Review } from '../../../../daemon/models/index.js';
import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { discoverSteps, type StepOutcome } from '../../../../daemon/workflow/catalogue/index.js';
import {
  builtInWorkflowFolder,
  loadWorkflowLibrary,
  openGraph,
  readWorkflow,
  type WorkflowLibrary,
} from '../../../../daemon/workflow/definition/index.js';
import { createPlanning } from '../../../../daemon/workflow/planning.js';
import plan from '../../../../daemon/workflow/steps/plan.js';
import { ScriptedPlanner, scriptedPlan } from '../../doubles/index.js';

const catalogue = await discoverSteps();
const builtIn = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, catalogue.facts);
const everything = { providers: () => [{ provider: 'any', version: '1' }] };

interface Output {
  readonly verdict: string;
  readonly workflow: string | null;
  readonly inputs: JsonObject;
  readonly document: string;
  readonly provider: string;
  readonly thoughts: string;
}

async function run(
  input: JsonObject,
  planner: Planner = createTemplatePlanner(),
  how: { readonly library?: WorkflowLibrary; readonly progress?: (fraction: number, stage: string) => void } = {},
): Promise<{ output: Output; explanation: readonly string[]; items: readonly unknown[] }> {
  const { library = builtIn, progress = () => undefined } = how;
  const planning = createPlanning({ catalogue, capabilities: everything, library: () => library });
  const io = {
    ...{ runId: 'run', path: 'plan', idempotencyKey: 'run/plan', attempt: 1, prepared: null, progress },
    ...{ provider: { provider: planner.provider, version: planner.version }, signal: new AbortController().signal },
  };
  const services = { planning, roles: { planner: () => planner } };
  const outcome: StepOutcome<unknown> = await plan.run(plan.input.parse(input) as JsonObject, services, io);
  if (outcome.kind !== 'done') throw new Error('plan waits');
  return { output: plan.output.parse(outcome.output) as Output, explanation: outcome.explanation ?? [], items: outcome.items ?? [] };
}

const tag = scriptedPlan('  - { id: find, use: select-clips, with: { limit: 1 } }\n');
const tried = [{ document: tag.document, outcome: 'done', summary: ['A clip was made.'] }];

it('plans a workflow by the words, fills its inputs with what they say, and says that templates did', async () => {
  const { output, explanation } = await run({ request: 'Make 5 wild variations of what I just played, 8 bars', bridge: 'Bass' });
  expect(output).toMatchObject({ verdict: 'plan', workflow: 'vary-what-i-played', provider: 'templates' });
  expect(output.inputs).toMatchObject({ bridge: 'Bass', bars: 8, candidates: 5 });
  expect(explanation[0]).toBe('Planned by the built-in templates, not by a model.');
});

it('what is given beside the words wins over them', async () => {
  const { output } = await run({ request: 'bass, 120 bpm', tempoBpm: 133, candidates: 2 });
  expect(output.inputs).toMatchObject({ tempoBpm: 133, candidates: 2 });
});

it('tells the context what was asked for', async () => {
  const { items } = await run({ request: 'dark analog bass' });
  expect(items).toMatchObject([{ field: 'prompt', rank: 'request', value: 'dark analog bass' }]);
});

it('refuses a request that lacks what the workflow needs, and names it', async () => {
  await expect(run({ request: 'clean this up' })).rejects.toMatchObject({
    code: 'GRYM_PLAN_IMPOSSIBLE',
    message: expect.stringContaining('clip') as string,
  });
});

it('refuses where the library has nothing for it', async () => {
  const library: WorkflowLibrary = { ...builtIn, entries: [] };
  await expect(run({ request: 'anything' }, createTemplatePlanner(), { library })).rejects.toMatchObject({ code: 'GRYM_PLAN_IMPOSSIBLE' });
});

it.each(['dark analog bass, 120 bpm', 'text with ${ inputs.prompt } and "quotes": #1', 'ümlaut\n- and a list'])(
  'the document for %j is read and compiled by the library, and says what was said',
  async (request) => {
    const { output } = await run({ request });
    const { compiled, mistakes } = readWorkflow(output.document, 'planned.yaml', builtIn.facts);
    expect(mistakes).toEqual([]);
    if (compiled === null) throw new Error('not compiled');
    const [first] = openGraph(compiled, {}, { seed: 1, bridge: null }).takeReady();
    expect(first).toMatchObject({ step: 'generate', params: { prompt: request.trim() } });
  },
);

it('gives the planner what may be planned: no step and no workflow that plans', async () => {
  const planner = new ScriptedPlanner({ plans: [tag] });
  await run({ request: 'tag it' }, planner);
  const [asked] = planner.asked;
  const names = asked?.steps.map(({ name }) => name) ?? [];
  expect(names).toEqual(expect.arrayContaining(['audition', 'capture', 'deliver', 'generate']));
  expect(names.filter((name) => ['plan', 'review-plan', 'carry-out-plan'].includes(name))).toEqual([]);
  expect(asked?.workflows.map(({ name }: PlannableWorkflow) => name)).toEqual(
    builtIn.entries.map(({ name }) => name).filter((name) => name !== 'ask' && name !== 'plan'),
  );
});

it('a plan with mistakes is the fault of its planner', async () => {
  const wrong: Plan = scriptedPlan('  - { id: find, use: no-such-step }\n');
  await expect(run({ request: 'tag it' }, new ScriptedPlanner({ plans: [wrong] }))).rejects.toMatchObject({
    code: 'GRYM_STEP_OUTPUT_INVALID',
    kind: 'model-fault',
    message: expect.stringContaining('no-such-step') as string,
  });
});

it('thoughts go by as the stage, cut, and not word by word; what is kept of them is bounded', async () => {
  const stages: string[] = [];
  const thinking = new ScriptedPlanner({
    plans: [
      (_request, { onThought, onProgress }) => {
        onProgress?.(0.3, 'thinking');
        for (let word = 0; word < 1_000; word += 1) onThought?.(`bass\n${word} `);
        return { ...tag, thoughts: 'x'.repeat(50_000) };
      },
    ],
  });
  const { output } = await run({ request: 'tag it' }, thinking, { progress: (_fraction, stage) => stages.push(stage) });
  const thoughts = stages.filter((stage) => stage.startsWith('thinking: …'));
  expect(thoughts.length).toBeGreaterThan(10);
  expect(thoughts.length).toBeLessThan(200);
  expect(Math.max(...thoughts.map(({ length }) => length))).toBeLessThan(120);
  expect(thoughts.join('')).not.toContain('\n');
  expect(thoughts.at(-1)).toMatch(/bass 99\d$/);
  expect(output.thoughts).toHaveLength(4_000);
});

describe('after a plan was carried out', () => {
  const judged = (review: Review, more: JsonObject = {}) =>
    run({ request: 'tag it', earlier: tried, ...more }, new ScriptedPlanner({ plans: [tag], reviews: [review] }));

  it('the planner may be satisfied', async () => {
    const { output, explanation, items } = await judged({ kind: 'satisfied', reason: 'It is tagged.' });
    expect(output).toMatchObject({ verdict: 'satisfied', document: null, reasons: ['It is tagged.'] });
    expect(explanation).toEqual(['The result is what was asked for, says the planner (scripted): It is tagged.']);
    expect(items).toEqual([]);
  });

  it('it may plan anew', async () => {
    const { output, explanation } = await judged({ kind: 'replan', reason: 'One is missing.', plan: tag });
    expect(output).toMatchObject({ verdict: 'plan', document: tag.document });
    expect(explanation[0]).toBe('Planned anew, for the first time: One is missing.');
  });

  it('it may not where that is enough', async () => {
    const { output } = await judged({ kind: 'replan', reason: 'One is missing.', plan: tag }, { mayReplan: false });
    expect(output).toMatchObject({ verdict: 'give-up', document: null });
  });

  it('where nothing came of any plan, giving up is a failure that says what failed', async () => {
    const earlier = [{ document: tag.document, outcome: 'failed', summary: ['The library was empty.'] }];
    await expect(judged({ kind: 'give-up', reason: 'Nothing can be tagged.' }, { earlier })).rejects.toMatchObject({
      code: 'GRYM_PLAN_GIVEN_UP',
      message: 'Nothing came of "tag it": The library was empty. The planner tries nothing else: Nothing can be tagged.',
    });
  });
});
