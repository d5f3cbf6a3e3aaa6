import { GrymError } from '../../../../daemon/kernel/index.js';
import { createServerPlanner } from '../../../../daemon/models/planner/index.js';
import { answer, ask, BRIDGE, options, requestOf } from './support/ask.js';
import { FakeChatServer, NEVER } from './support/fake-chat-server.js';

const url = 'http://127.0.0.1:1/v1';

it.each([
  ['a server that is down', new GrymError('GRYM_SERVER_UNREACHABLE', { url, reason: 'connection refused' })],
  ['a busy server', new GrymError('GRYM_SERVER_BUSY', { url, status: 429, reason: 'slow down' })],
  ['a server that failed', new GrymError('GRYM_SERVER_FAILED', { url, status: 500, reason: 'out of memory' })],
  ['a dead host', new GrymError('GRYM_MODEL_HOST_DIED', { model: 'x', what: 'planning', reason: 'signal SIGKILL' })],
  ['a deadline', new GrymError('GRYM_DEADLINE_EXCEEDED', { what: 'planning', milliseconds: 5 })],
  ['anything else that is thrown', new TypeError('undefined is not a function')],
])('%s leads to the templates, with the reason', async (_what, error) => {
  const { plan } = await ask(requestOf('vary what I played', BRIDGE), error);
  expect(plan).toMatchObject({ provider: 'templates', workflow: 'vary-what-i-played' });
  expect(plan.fallback).toContain(error.message.replace(/\.$/, ''));
  expect(plan.reasons[0]).toContain(plan.fallback);
});

it('a failure under the repair leads to the templates too, and the thoughts before it are kept', async () => {
  const error = new GrymError('GRYM_SERVER_UNREACHABLE', { url, reason: 'connection reset' });
  const { plan } = await ask(requestOf('vary what I played', BRIDGE), { content: 'no idea', reasoning: 'Let me think.' }, error);
  expect(plan).toMatchObject({ provider: 'templates', thoughts: 'Let me think.', fallback: error.message });
});

it('cancelling ends the planning', async () => {
  const controller = new AbortController();
  const planner = createServerPlanner({ chat: new FakeChatServer([NEVER]), thoughtTokens: 1 });
  const planning = planner.plan(requestOf('bass'), { signal: controller.signal });
  controller.abort();
  await expect(planning).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

it('what no one can plan is refused with both reasons', async () => {
  const planner = createServerPlanner({ chat: new FakeChatServer(['?', '?']), thoughtTokens: 1 });
  await expect(planner.plan(requestOf('clean this up'), options())).rejects.toMatchObject({
    code: 'GRYM_PLAN_IMPOSSIBLE',
    message: expect.stringMatching(/needs clip.*openai-compatible was asked first.*no JSON object/s) as string,
  });
});

it('a prompt that is too long for the model is asked in brief', async () => {
  const tooLong = new GrymError('GRYM_MODEL_PROMPT_TOO_LONG', { model: 'x', allowed: 2_048, tokens: 3_000 });
  const right = answer([{ workflow: 'vary-what-i-played', with: { bars: 2 } }]);
  const { plan, server } = await ask(requestOf('vary what I played', BRIDGE), tooLong, right);
  expect(plan).toMatchObject({ provider: 'openai-compatible', inputs: { bars: 2 } });
  const [full, brief] = server.asked.map(({ messages }) => JSON.stringify(messages).length);
  expect(brief).toBeLessThan((full ?? 0) / 3);
});

it('a prompt that is too long even in brief leads to the templates', async () => {
  const tooLong = new GrymError('GRYM_MODEL_PROMPT_TOO_LONG', { model: 'x', allowed: 512, tokens: 3_000 });
  const { plan } = await ask(requestOf('vary what I played', BRIDGE), tooLong, tooLong);
  expect(plan).toMatchObject({ provider: 'templates', fallback: tooLong.message });
});
