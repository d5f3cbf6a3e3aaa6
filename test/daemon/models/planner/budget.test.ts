import { jest } from '@jest/globals';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { createServerPlanner } from '../../../../daemon/models/planner/index.js';
import { ModelPlanner, type TextModel, type TextQuestion } from '../../../../daemon/models/planner/model-planner.js';
import type { PlanAttempt } from '../../../../daemon/models/plan.js';
import { BRIDGE, options, requestOf } from './support/ask.js';
import { FakeChatServer, NEVER, type FakeReply } from './support/fake-chat-server.js';

// Less than the 900 s that the step of a workflow has.
const BUDGET_MS = 840_000;
const OVER = 'answering all questions did not finish within 840000 ms.';
const REPLAN = JSON.stringify({ verdict: 'replan', reason: 'It is too long' });
const DONE: PlanAttempt = { document: 'workflow: planned', outcome: 'done', summary: ['The clip is 3 bars long.'] };
const request = requestOf('vary what I played', BRIDGE);

function plannerOf(...replies: readonly FakeReply[]) {
  const server = new FakeChatServer(replies);
  return { server, planner: createServerPlanner({ chat: server, thoughtTokens: 1 }) };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What is promised, once so much time has gone by. */
async function after<T>(milliseconds: number, promised: Promise<T>): Promise<T> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  return promised;
}

it('a model that thinks beyond the budget leads to the templates, with the reason', async () => {
  const plan = await after(BUDGET_MS, plannerOf(NEVER).planner.plan(request, options()));
  expect(plan).toMatchObject({ provider: 'templates', workflow: 'vary-what-i-played', fallback: OVER });
  expect(plan.reasons[0]).toBe(`openai-compatible was asked first: ${OVER}`);
});

it('the repair has what the first question has left, and the thoughts of the first are kept', async () => {
  const { planner, server } = plannerOf({ content: 'no idea', reasoning: 'Let me think.' }, NEVER);
  const plan = await after(BUDGET_MS, planner.plan(request, options()));
  expect(plan).toMatchObject({ provider: 'templates', fallback: OVER, thoughts: 'Let me think.' });
  expect(server.asked).toHaveLength(2);
});

/** Answers nonsense, each time after so much of the time. */
class SlowModel implements TextModel {
  readonly provider = 'slow';
  readonly version = '1';
  readonly asked: TextQuestion[] = [];

  constructor(private readonly milliseconds: number) {}

  async ask(question: TextQuestion) {
    this.asked.push(question);
    await jest.advanceTimersByTimeAsync(this.milliseconds);
    return { text: 'no idea', thoughts: '' };
  }
}

it('the second question ends where the budget of both ends', async () => {
  const model = new SlowModel(600_000);
  const plan = await new ModelPlanner(model).plan(request, options());
  expect(plan).toMatchObject({ provider: 'templates', fallback: OVER });
  expect(model.asked.map(({ isRepair }) => isRepair)).toEqual([false, true]);
});

it('a model that takes all of its time but ends in it is judged by its answers', async () => {
  const plan = await new ModelPlanner(new SlowModel(400_000)).plan(request, options());
  expect(plan.fallback).toMatch(/wrong and stayed so after one repair/);
});

it('another budget can be given', async () => {
  const plan = await new ModelPlanner(new SlowModel(60), { budgetMs: 50 }).plan(request, options());
  expect(plan.fallback).toBe('answering all questions did not finish within 50 ms.');
});

it('a model that calls it cancelled when its time is over leads to the templates too', async () => {
  const model: TextModel = {
    ...{ provider: 'curt', version: '1' },
    ask: (_question, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new GrymError('GRYM_CANCELLED', { what: 'planning' })), { once: true });
      }),
  };
  expect(await after(BUDGET_MS, new ModelPlanner(model).plan(request, options()))).toMatchObject({ provider: 'templates', fallback: OVER });
});

it('a judgement that takes too long is left to the templates, with the reason', async () => {
  const review = await after(BUDGET_MS, plannerOf(NEVER).planner.review({ ...request, earlier: [DONE] }, options()));
  expect(review).toMatchObject({ kind: 'satisfied', reason: expect.stringContaining(OVER) as string });
});

it('a judgement, the plan after it and its repair share one budget', async () => {
  const { planner, server } = plannerOf(REPLAN, 'no idea', NEVER);
  const review = await after(BUDGET_MS, planner.review({ ...request, earlier: [DONE] }, options()));
  expect(review).toEqual({ kind: 'give-up', reason: `It is too long. No other plan came of it: ${OVER}` });
  expect(server.asked).toHaveLength(3);
});

it('the caller’s own signal ends the planning, whatever is left', async () => {
  const controller = new AbortController();
  const planning = plannerOf(NEVER).planner.plan(request, { signal: controller.signal });
  const cancelled = new GrymError('GRYM_DEADLINE_EXCEEDED', { what: 'plan', milliseconds: 5 });
  controller.abort(cancelled);
  await expect(planning).rejects.toBe(cancelled);
});
