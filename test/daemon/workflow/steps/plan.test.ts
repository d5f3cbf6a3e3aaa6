import type { PlannableWorkflow } from '../../../../daemon/models/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, openGraph, readWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
const library = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, (await discoverSteps()).facts);

const text = { type: 'text', optional: true } as const;
const OTHERS: readonly PlannableWorkflow[] = [
  {
    name: 'generate',
    help: 'Makes a clip',
    inputs: {
      prompt: { type: 'text', optional: false },
      bars: { type: 'integer', optional: true, minimum: 1, maximum: 64 },
      tempoBpm: { type: 'number', optional: true, minimum: 20, maximum: 400 },
      key: text,
    },
  },
  {
    name: 'vary-what-i-played',
    help: 'Varies',
    inputs: {
      bridge: { type: 'text', optional: false },
      bars: { type: 'integer', optional: false, default: 4, minimum: 1, maximum: 16 },
      strength: { type: 'number', optional: false, default: 0.5, minimum: 0, maximum: 1 },
      candidates: { type: 'integer', optional: false, default: 3, minimum: 1, maximum: 8 },
    },
  },
  {
    name: 'clean-up-and-fit',
    help: 'Cleans',
    inputs: { clip: { type: 'clip', optional: false }, tempoBpm: { type: 'number', optional: true } },
  },
  { name: 'my-own-thing', help: 'A user made it', inputs: {} },
];

let bench: StepBench;
let workflows: readonly PlannableWorkflow[];
beforeEach(async () => {
  workflows = OTHERS;
  bench = await openStepBench(folder(), { plannable: () => workflows });
});
afterEach(() => bench.close());

it('plans a workflow by the words, and fills its inputs with what they say', async () => {
  const { output } = await bench.run('plan', { request: 'Make 5 wild variations of what I just played, 8 bars', bridge: 'Bass' });
  expect(output).toMatchObject({
    workflow: 'vary-what-i-played',
    inputs: { bridge: 'Bass', bars: 8, strength: 0.85, candidates: 5 },
    provider: 'templates',
  });
});

it('says that templates were used, and which words decided', async () => {
  const { explanation } = await bench.run('plan', { request: 'vary my take slightly', bridge: 'Bass' });
  expect(explanation[0]).toBe('Planned by the built-in templates, not by a model.');
  expect(explanation[1]).toBe('“vary”, “my take”: the workflow vary-what-i-played.');
  expect(explanation.join('\n')).toContain('strength 0.25, as the request says.');
});

it('takes any other request for a prompt', async () => {
  const { output, items } = await bench.run('plan', { request: 'dark analog bass, 120 bpm, 2 bars, A minor' });
  expect(output).toMatchObject({
    workflow: 'generate',
    inputs: { prompt: 'dark analog bass, 120 bpm, 2 bars, A minor', bars: 2, tempoBpm: 120, key: 'A minor' },
  });
  expect(items).toMatchObject([{ field: 'prompt', rank: 'request' }]);
});

it('what is given beside the words wins over them', async () => {
  const { output } = await bench.run('plan', { request: 'bass, 120 bpm', tempoBpm: 133 });
  expect(output.inputs).toMatchObject({ tempoBpm: 133 });
});

it('takes a workflow that is called by its name', async () => {
  expect((await bench.run('plan', { request: 'please run my-own-thing' })).output).toMatchObject({ workflow: 'my-own-thing', inputs: {} });
});

it('leaves out what the workflow cannot take, and says so', async () => {
  const { output, explanation } = await bench.run('plan', { request: 'vary what I played, 40 bars', bridge: 'Bass' });
  expect(output.inputs['bars']).toBeUndefined();
  expect(explanation.join('\n')).toContain('bars 40 is not possible in vary-what-i-played and was left out.');
});

it('refuses a request that lacks what the workflow needs, and names it', async () => {
  await expect(bench.run('plan', { request: 'clean this up' })).rejects.toMatchObject({
    code: 'GRYM_PLAN_IMPOSSIBLE',
    message: expect.stringContaining('the workflow clean-up-and-fit needs clip') as string,
  });
});

it('refuses where the library has nothing for it', async () => {
  workflows = [];
  await expect(bench.run('plan', { request: 'anything' })).rejects.toMatchObject({ code: 'GRYM_PLAN_IMPOSSIBLE' });
});

describe('with the built-in library', () => {
  beforeEach(() => {
    workflows = library.entries;
  });

  it.each([
    ['vary what I just played', 'vary-what-i-played'],
    ['fill the gap with 2 bars', 'fill-the-gap'],
    ['answer this phrase with a warm bass', 'answer-phrase'],
    ['clean up 0123456789abcdef and fit it to 128 bpm', 'clean-up-and-fit'],
    ['transcribe and tag my library', 'transcribe-and-tag-the-library'],
    ['four on the floor drums', 'generate'],
  ])('%j is %s, and its document compiles', async (request, expected) => {
    const { output } = await bench.run('plan', { request, bridge: 'Bass' });
    expect(output.workflow).toBe(expected);
    expect(readWorkflow(output.document, 'planned.yaml', library.facts).mistakes).toEqual([]);
  });
});

describe('the document', () => {
  it.each(['dark analog bass, 120 bpm', 'text with ${ inputs.prompt } and "quotes": #1', 'ümlaut\n- and a list'])(
    'for %j is read and compiled by the library',
    async (request) => {
      workflows = library.entries;
      const { output } = await bench.run('plan', { request });
      expect(output.workflow).toBe('generate');
      const { compiled, mistakes } = readWorkflow(output.document, 'planned.yaml', library.facts);
      expect(mistakes).toEqual([]);
      if (compiled === null) throw new Error('not compiled');
      const [first] = openGraph(compiled, {}, { seed: 1, bridge: null }).takeReady();
      expect(first).toMatchObject({ step: 'generate', params: { prompt: request.trim() } });
    },
  );
});
