import { z } from 'zod';
import { answer, ask, BRIDGE, requestOf } from './support/ask.js';

const GENERATE = { workflow: 'generate', with: { prompt: 'dark bass', tempoBpm: 120, bars: 4 } };

it('one workflow with inputs is that workflow', async () => {
  const { plan, server } = await ask(
    requestOf('dark bass, 120 bpm, 4 bars'),
    answer([GENERATE], { tempoBpm: 120, bars: 4, instrument: 'bass' }),
  );
  expect(plan).toMatchObject({
    ...{ provider: 'openai-compatible', fallback: null, workflow: 'generate' },
    inputs: { prompt: 'dark bass', tempoBpm: 120, bars: 4 },
    facts: { tempoBpm: 120, key: null, metre: null, bars: 4, instrument: 'bass' },
  });
  expect(server.asked).toHaveLength(1);
});

it('several steps refer to each other, each with a seed of its own', async () => {
  const { plan, steps } = await ask(
    requestOf('vary my last 2 bars twice, fit it to 122', BRIDGE),
    answer([
      { step: 'capture', with: { bridge: 'Keys', bars: 2 } },
      { step: 'vary', with: { clip: { from: 1, output: 'clip' }, strength: 0.3 } },
      { step: 'vary', with: { clip: { from: 2, output: 'clip' } } },
      { workflow: 'clean-up-and-fit', with: { clip: { from: 3, output: 'clip' }, tempoBpm: 122 } },
    ]),
  );
  expect(plan.workflow).toBeNull();
  expect(steps).toMatchObject([
    { id: 'capture', use: 'capture' },
    { id: 'vary', with: { clip: '${ steps.capture.clip }', seed: '${ run.seed }' } },
    { id: 'vary-3', with: { clip: '${ steps.vary.clip }', seed: '${ (run.seed + 1) % 2147483647 }' } },
    { id: 'clean-up-and-fit', workflow: 'clean-up-and-fit', with: { clip: '${ steps.vary-3.clip }', tempoBpm: 122 } },
  ]);
});

it('what is known fills what the model left out', async () => {
  const { plan } = await ask(
    requestOf('vary it', { ...BRIDGE, slot: 3 }),
    answer([{ workflow: 'vary-what-i-played', with: { strength: 0.4 } }]),
  );
  expect(plan.inputs).toEqual({ bridge: 'Keys', strength: 0.4, slot: 3 });
});

it('a fact that was understood, and given to no step, reaches the step that takes it', async () => {
  const { plan } = await ask(
    requestOf('bass in F# dorian'),
    answer([{ workflow: 'generate', with: { prompt: 'bass' } }], { key: 'f# Dorian' }),
  );
  expect(plan.inputs).toMatchObject({ key: 'F# dorian' });
  expect(plan.reasons.join(' ')).toContain('key "F# dorian" was understood and is taken.');
});

it.each([
  ['behind thoughts in the content', `<think>{"steps": []} perhaps? </think>\n${answer([GENERATE])}`],
  ['behind thoughts that the template had opened', `It wants {"bass"}.</think>${answer([GENERATE])}`],
  ['in a code fence between words', `Here is the plan:\n\`\`\`json\n${answer([GENERATE])}\n\`\`\`\nEnjoy!`],
  ['without the keys that are null', JSON.stringify({ steps: [GENERATE] })],
  ['behind thoughts of a million characters', `<think>${'and then {'.repeat(100_000)}</think>${answer([GENERATE])}`],
])('an answer is found %s', async (_where, reply) => {
  const { plan } = await ask(requestOf('dark bass'), reply);
  expect(plan).toMatchObject({ workflow: 'generate', fallback: null });
});

it('thoughts are handed on as they come, and kept', async () => {
  const { plan } = await ask(requestOf('dark bass'), { content: answer([GENERATE]), reasoning: 'A bass, then.' });
  expect(plan.thoughts).toBe('A bass, then.');
});

it('long thoughts are cut', async () => {
  const { plan } = await ask(requestOf('dark bass'), { content: answer([GENERATE]), reasoning: 'hm '.repeat(100_000) });
  expect(plan.thoughts.length).toBeLessThanOrEqual(8_000);
});

it('long text is cut to what the schema allows', async () => {
  const { plan } = await ask(requestOf('dark bass'), answer([{ workflow: 'generate', with: { prompt: '🎹'.repeat(5_000) } }]));
  expect([...z.string().parse(plan.inputs['prompt'])]).toHaveLength(400);
});
