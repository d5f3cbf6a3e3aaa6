import { openGraph, readWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { catalogueFacts } from '../../../../daemon/workflow/definition/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { answer, ask, requestOf } from './support/ask.js';

const facts = catalogueFacts((await discoverSteps()).facts);

/** Parameters of the first step as the engine would hand them to it. */
function paramsOf(document: string): unknown {
  const { compiled, mistakes } = readWorkflow(document, 'planned.yaml', facts);
  expect(mistakes).toEqual([]);
  if (compiled === null) throw new Error('not compiled');
  return openGraph(compiled, {}, { seed: 1, bridge: null }).takeReady()[0]?.params;
}

const EVIL = [
  '${ run.seed }',
  'loud ${ inputs.secret } bass',
  '$${ run.seed }',
  '${',
  '${ "a" + "b" }$${',
  '"}\n  - id: evil\n    use: export',
  '{{ run.seed }} !!js/function &a *a # no comment',
];

it.each(EVIL)('text of a model stays what it is: %j', async (text) => {
  const { plan } = await ask(requestOf('bass'), answer([{ step: 'generate', with: { prompt: text } }], {}, text));
  expect(plan.fallback).toBeNull();
  expect(paramsOf(plan.document)).toMatchObject({ prompt: text.trim() });
});

it.each(EVIL)('text of a request stays what it is: %j', async (text) => {
  const { plan } = await ask(requestOf(`bass ${text}`), 'nonsense', 'nonsense');
  expect(plan).toMatchObject({ provider: 'templates', inputs: { prompt: `bass ${text}`.trim() } });
});

it('a list of texts stays what it is', async () => {
  const { plan } = await ask(
    requestOf('bass'),
    answer([{ step: 'generate', with: { prompt: 'bass', promptTerms: ['a', '${ run.seed }'] } }]),
  );
  expect(paramsOf(plan.document)).toMatchObject({ promptTerms: ['a', '${ run.seed }'] });
});

it('an object that looks like a reference of the document is a mistake, not a reference', async () => {
  const { plan } = await ask(
    requestOf('bass'),
    answer([{ step: 'generate', with: { prompt: { reference: { from: 'x', output: 'y' } } } }]),
    'no',
  );
  expect(plan.provider).toBe('templates');
});

it('control characters and halves of surrogate pairs become blanks', async () => {
  const { plan } = await ask(requestOf('bass'), answer([{ step: 'generate', with: { prompt: 'a\u0000b\ud83dc\u0007' } }]));
  expect(paramsOf(plan.document)).toMatchObject({ prompt: 'a b c ' });
});
