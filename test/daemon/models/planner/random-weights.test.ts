import { fileURLToPath } from 'node:url';
import { countAnswers } from '../../../bench/planner/answers.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/planner-mini/model.gguf', import.meta.url));

// npm run bench:planner -- --provider llama --model test/fixtures/models/planner-mini/model.gguf --answers 50 is the whole of it.
it('a model of random weights answers under the schema, and every request gets a plan, with the reason', async () => {
  const { answers, parsed, problems, plans, exceptions } = await countAnswers({ model: MODEL, count: 1, threads: 1, thoughtTokens: 16 });
  expect(problems).toEqual([]);
  expect(exceptions).toEqual([]);
  expect(parsed).toBe(answers);
  expect(answers).toBeGreaterThanOrEqual(1);
  expect(plans.byModel + plans.withReason).toBe(1);
}, 240_000);
