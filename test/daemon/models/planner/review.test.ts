import { GrymError } from '../../../../daemon/kernel/index.js';
import { createServerPlanner, createTemplatePlanner } from '../../../../daemon/models/planner/index.js';
import type { PlanAttempt, PlanRequest, Review } from '../../../../daemon/models/plan.js';
import { answer, BRIDGE, options, requestOf } from './support/ask.js';
import { FakeChatServer, type FakeReply } from './support/fake-chat-server.js';

const DONE: PlanAttempt = { document: 'workflow: planned', outcome: 'done', summary: ['The clip is 3 bars long.'] };
const FAILED: PlanAttempt = { ...DONE, outcome: 'failed', summary: ['The bridge was away.'] };
const verdict = (kind: string, reason = 'It is so'): string => JSON.stringify({ verdict: kind, reason });

async function review(
  earlier: readonly PlanAttempt[],
  ...replies: readonly FakeReply[]
): Promise<{ review: Review; server: FakeChatServer }> {
  const server = new FakeChatServer(replies);
  const request: PlanRequest = { ...requestOf('vary what I played', BRIDGE), earlier };
  return { review: await createServerPlanner({ chat: server, thoughtTokens: 1 }).review(request, options()), server };
}

it.each(['satisfied', 'give-up'] as const)('%s is the verdict', async (kind) => {
  expect((await review([DONE], verdict(kind))).review).toEqual({ kind, reason: 'It is so.' });
});

it('the model is shown every attempt and what came of it', async () => {
  const { server } = await review([FAILED, DONE], verdict('satisfied'));
  expect(server.said(0)).toMatch(
    /Plan 1 was carried out and failed.*The bridge was away\..*Plan 2 was carried out and ended well.*3 bars long/s,
  );
});

it('another plan comes with the verdict replan', async () => {
  const better = answer([{ workflow: 'vary-what-i-played', with: { strength: 0.2 } }]);
  const { review: result } = await review([DONE], verdict('replan', 'It is too long'), better);
  expect(result).toMatchObject({
    kind: 'replan',
    reason: 'It is too long.',
    plan: { workflow: 'vary-what-i-played', inputs: { strength: 0.2 } },
  });
});

it('replan without a usable plan gives up: the templates would do the same again', async () => {
  const { review: result } = await review([DONE], verdict('replan'), 'no', 'no');
  expect(result).toMatchObject({ kind: 'give-up', reason: expect.stringContaining('No other plan came of it') as string });
});

it.each([
  ['nonsense', 'I like it!', 'no JSON'],
  ['a server that is down', new GrymError('GRYM_SERVER_UNREACHABLE', { url: 'http://x', reason: 'refused' }), 'could not be reached'],
])('%s for a verdict is said, and nothing is judged', async (_what, reply, expected) => {
  const { review: result } = await review([DONE], reply);
  expect(result).toMatchObject({
    kind: 'satisfied',
    reason: expect.stringMatching(new RegExp(`could not judge.*${expected}.*nothing more can be judged`, 's')) as string,
  });
});

it('the templates are content with what ended well, and give up on what failed', async () => {
  const templates = createTemplatePlanner();
  const request = requestOf('vary what I played', BRIDGE);
  expect(await templates.review({ ...request, earlier: [DONE] }, options())).toMatchObject({ kind: 'satisfied' });
  expect(await templates.review({ ...request, earlier: [FAILED] }, options())).toMatchObject({ kind: 'give-up' });
});
