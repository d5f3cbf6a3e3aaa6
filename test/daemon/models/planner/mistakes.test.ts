import { answer, ask, BRIDGE, requestOf } from './support/ask.js';

const RIGHT = answer([{ workflow: 'vary-what-i-played', with: { bridge: 'Keys' } }]);
const one = (name: string, parameters: object, kind = 'step'): string => answer([{ [kind]: name, with: parameters }]);

describe.each([
  ['no JSON', 'I would vary it.', 'no JSON object'],
  ['JSON that is cut off', RIGHT.slice(0, -20), 'no JSON object'],
  ['a list', '[1, 2]', 'no JSON object'],
  ['no steps', answer([]), 'steps'],
  [
    'too many steps',
    answer(Array.from({ length: 40 }, () => ({ step: 'analyse', with: { clip: null } }))),
    'there are 40, and 6 are the most',
  ],
  ['a step that does not exist', one('sing', {}), 'there is no step "sing"'],
  ['a workflow that does not exist', one('sing-along', {}, 'workflow'), 'there is no workflow "sing-along"'],
  ['a step that plans', one('plan', { request: 'again' }), 'there is no step "plan"'],
  ['a parameter that does not exist', one('generate', { prompt: 'x', colour: 'red' }, 'workflow'), 'colour'],
  ['a wrong type', one('generate', { prompt: 'x', tempoBpm: 'fast' }, 'workflow'), 'tempoBpm'],
  ['a number out of range', one('generate', { prompt: 'x', bars: 900 }, 'workflow'), 'bars'],
  ['a broken number', one('generate', { prompt: 'x', bars: 2.5 }, 'workflow'), 'bars'],
  ['a choice that is none', one('export', { clips: ['abcd'], folder: '/tmp', format: 'mp3' }), 'format'],
  ['a reference to a later step', one('vary', { clip: { from: 2, output: 'clip' } }), 'refers to step 2, which does not stand before it'],
  ['a reference to itself', one('vary', { clip: { from: 1, output: 'clip' } }), 'refers to step 1, which does not stand before it'],
  [
    'a reference to an output that is not there',
    answer([
      { step: 'capture', with: { bridge: 'Keys' } },
      { step: 'vary', with: { clip: { from: 1, output: 'score' } } },
    ]),
    'has no output score',
  ],
  [
    'a reference of another type',
    answer([
      { step: 'capture', with: { bridge: 'Keys' } },
      { step: 'fit', with: { clip: { from: 1, output: 'clip' }, tempoBpm: { from: 1, output: 'clip' } } },
    ]),
    'tempoBpm',
  ],
  ['an invented clip', one('vary', { clip: 'deadbeef' }), 'the clip "deadbeef" is neither known nor in the request'],
  [
    'an invented bridge',
    one('vary-what-i-played', { bridge: 'Tuba' }, 'workflow'),
    'the bridge "Tuba" is neither known nor in the request',
  ],
  ['nothing for what is needed', one('vary', {}), 'clip is needed'],
  ['a key that is none', answer([{ workflow: 'vary-what-i-played', with: {} }], { key: 'H flat' }), 'H flat'],
  ['a metre that is none', answer([{ workflow: 'vary-what-i-played', with: {} }], { metre: '7/9' }), 'no metre'],
  ['a tempo that cannot be', answer([{ workflow: 'vary-what-i-played', with: {} }], { tempoBpm: 1e9 }), 'tempoBpm'],
])('%s', (_what, wrong, expected) => {
  const request = requestOf('vary what I just played', BRIDGE);

  it('is told to the model, which may mend it', async () => {
    const { plan, server } = await ask(request, wrong, RIGHT);
    expect(plan).toMatchObject({ provider: 'openai-compatible', fallback: null, workflow: 'vary-what-i-played' });
    expect(server.said(1)).toContain(expected);
    expect(plan.reasons).toContain('Its first answer had mistakes; it mended them.');
  });

  it('twice leads to the templates, with the reason', async () => {
    const { plan, server } = await ask(request, wrong, wrong, RIGHT);
    expect(server.asked).toHaveLength(2);
    expect(plan).toMatchObject({ provider: 'templates', workflow: 'vary-what-i-played', inputs: { bridge: 'Keys' } });
    expect(plan.fallback).toContain(expected);
    expect(plan.reasons[0]).toBe(`openai-compatible was asked first: ${plan.fallback ?? ''}`);
  });
});

it('the repair shows the model its own answer', async () => {
  const { server } = await ask(requestOf('vary what I just played', BRIDGE), one('sing', {}), RIGHT);
  expect(server.asked[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(server.asked[1]?.messages[2]?.content).toContain('"sing"');
});
