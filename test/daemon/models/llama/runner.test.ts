import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { GrymError, type JsonObject } from '../../../../daemon/kernel/index.js';
import { thoughtAnswerSchema, type ThoughtAnswer } from '../../../../daemon/models/llama/think-and-answer.js';
import { runner } from '../../../../daemon/models/llama/runner.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/planner-mini/model.gguf', import.meta.url));
const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    tempoBpm: { anyOf: [{ type: 'number', minimum: 20, maximum: 400 }, { type: 'null' }] },
    title: { type: 'string', maxLength: 40 },
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: 3,
      items: { type: 'object', properties: { name: { enum: ['vary', 'fit'] } }, required: ['name'] },
    },
  },
  required: ['tempoBpm', 'title', 'steps'],
  additionalProperties: false,
};
const QUESTION = { messages: [{ role: 'user', content: 'A dark bass, please.' }], schema: SCHEMA };

let model: ModelRunner;
beforeAll(async () => {
  model = await runner.load({ path: MODEL, threads: 1, remoteGraphs: {} });
});
afterAll(() => model.dispose());

interface Heard {
  readonly streamed: string[];
  readonly fractions: number[];
}

async function ask(
  params: JsonObject,
  signal = new AbortController().signal,
  onThought: () => void = () => undefined,
): Promise<ThoughtAnswer & Heard> {
  const heard: Heard = { streamed: [], fractions: [] };
  const io = {
    signal,
    progress: (fraction: number) => heard.fractions.push(fraction),
    emit: (event: JsonObject) => {
      heard.streamed.push(z.string().parse(event['text']));
      onThought();
    },
  };
  const { result } = await model.run('think-and-answer', params, {}, io);
  return { ...thoughtAnswerSchema.parse(result), ...heard };
}

// The weights are random, and so is where thoughts end; with a seed it is always the same.
it.each([
  ['closes them by itself', 6, 400, 'closed'],
  ['stops without closing them', 0, 400, 'ended'],
  ['would go on beyond its budget', 23, 24, 'budget'],
] as const)('thinks freely, then answers under the schema: a model that %s', async (_what, seed, thoughtTokens, thinking) => {
  const { answer, streamed, thoughts, ...rest } = await ask({ ...QUESTION, thoughtTokens, answerTokens: 400, seed });
  expect(rest).toMatchObject({ thinking, finished: true });
  expect(rest.thoughtTokens).toBeLessThanOrEqual(thoughtTokens);
  expect(streamed.join('').trim()).toBe(thoughts);
  expect(thoughts).not.toContain('</think>');
  expect(new Ajv2020().validate(SCHEMA, JSON.parse(answer))).toBe(true);
});

it('answers at once where no thoughts are wanted', async () => {
  const { thinking, streamed, finished } = await ask({ ...QUESTION, thoughtTokens: 0, answerTokens: 400 });
  expect({ thinking, streamed, finished }).toEqual({ thinking: 'none', streamed: [], finished: true });
});

it('the same seed gives the same answer, another one another', async () => {
  const answers = [];
  for (const seed of [7, 7, 8]) answers.push((await ask({ ...QUESTION, thoughtTokens: 8, answerTokens: 400, seed })).answer);
  expect(answers[1]).toBe(answers[0]);
  expect(answers[2]).not.toBe(answers[0]);
});

it('progress never falls, and ends at 1', async () => {
  const { fractions } = await ask({ ...QUESTION, thoughtTokens: 8, answerTokens: 400 });
  expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
  expect(fractions.at(-1)).toBe(1);
});

it('an answer that does not end within its tokens says so', async () => {
  expect(await ask({ ...QUESTION, thoughtTokens: 0, answerTokens: 5 })).toMatchObject({ finished: false, answerTokens: 5 });
});

it('cancelling in mid-thought stops within two words, and the model goes on with the next task', async () => {
  const controller = new AbortController();
  let words = 0;
  const asking = ask({ ...QUESTION, thoughtTokens: 3_000, answerTokens: 400, seed: 23 }, controller.signal, () => {
    words += 1;
    if (words === 1) controller.abort(new GrymError('GRYM_CANCELLED', { what: 'planning' }));
  });
  await expect(asking).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(words).toBeLessThanOrEqual(3);
  expect((await ask({ ...QUESTION, thoughtTokens: 0, answerTokens: 400 })).finished).toBe(true);
});

it.each([
  [
    'a prompt that is too long',
    { ...QUESTION, messages: [{ role: 'user', content: 'bass '.repeat(2_000) }] },
    'GRYM_MODEL_PROMPT_TOO_LONG',
  ],
  ['no messages', { ...QUESTION, messages: [] }, 'GRYM_MODEL_TASK_INVALID'],
  ['a schema that cannot be a grammar', { ...QUESTION, schema: { type: 'date' } }, 'GRYM_MODEL_TASK_INVALID'],
])('%s is refused', async (_what, params, code) => {
  await expect(ask(params)).rejects.toMatchObject({ code });
});

it('a task that it does not know is refused', async () => {
  const io = { signal: new AbortController().signal, progress: () => undefined, emit: () => undefined };
  await expect(model.run('sing', {}, {}, io)).rejects.toMatchObject({ code: 'GRYM_MODEL_TASK_INVALID' });
});

it('the probe says what works', async () => {
  const io = { signal: new AbortController().signal, progress: () => undefined, emit: () => undefined };
  const { result } = await model.run('probe', {}, {}, io);
  expect(result).toMatchObject({
    works: ['It thinks before it answers.', 'It answers under a JSON Schema.', expect.stringContaining('tokens a second') as string],
  });
});

it('a file that is no model is refused by its path', async () => {
  const path = fileURLToPath(import.meta.url);
  await expect(runner.load({ path, threads: 1, remoteGraphs: {} })).rejects.toMatchObject({
    code: 'GRYM_MODEL_FOLDER_INVALID',
    message: expect.stringContaining(path) as string,
  });
});
