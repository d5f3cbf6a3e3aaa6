import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { retryAfterSecondsOf } from '../../../../daemon/models/http/index.js';
import { eventOf, wholeAnswer } from '../../../servers/answers.js';
import { chats, floods, hangs, refuses, resets, resetsAmid, sends, streams, truncates } from '../../../servers/behaviours.js';
import { ConformanceServer, type Behaviour } from '../../../servers/conformance-server.js';
import { ask, chatServer, watch } from './ask.js';

let conformance: ConformanceServer;
beforeAll(async () => void (conformance = await ConformanceServer.start()));
afterAll(() => conformance.dispose());

const HTML = '<!DOCTYPE html><html><head><title>It works!</title></head><body></body></html>';

interface Outcome {
  readonly title: string;
  readonly behaviour: Behaviour;
  readonly code: string;
  readonly words: string | RegExp;
}

const OUTCOMES: readonly Outcome[] = [
  {
    title: 'a wrong key',
    behaviour: refuses(401, 'Incorrect API key provided: secret-key-1.'),
    code: 'GRYM_SERVER_REFUSED',
    words: /HTTP 401.*provided: …\./,
  },
  {
    title: 'an unknown model',
    behaviour: refuses(404, 'model "test-model" not found'),
    code: 'GRYM_SERVER_REFUSED',
    words: /HTTP 404.*not found/,
  },
  { title: 'too long a request', behaviour: refuses(413, 'Request too large'), code: 'GRYM_SERVER_REFUSED', words: 'HTTP 413' },
  { title: 'FastAPI’s refusal', behaviour: sends(422, '{"detail":"no such field"}'), code: 'GRYM_SERVER_REFUSED', words: 'no such field' },
  {
    title: 'a redirect',
    behaviour: sends(307, '', { location: 'http://example.org/v1' }),
    code: 'GRYM_SERVER_REFUSED',
    words: 'sends on to http://example.org/v1',
  },
  { title: 'too many requests', behaviour: refuses(429, 'Rate limit reached.'), code: 'GRYM_SERVER_BUSY', words: 'Rate limit reached.' },
  {
    title: 'a model that loads',
    behaviour: refuses(503, 'Loading model', { 'retry-after': '7' }),
    code: 'GRYM_SERVER_BUSY',
    words: 'Loading model; it asks for a pause of 7 s',
  },
  { title: 'a fault', behaviour: refuses(500, 'CUDA out of memory'), code: 'GRYM_SERVER_FAILED', words: /HTTP 500.*CUDA out of memory/ },
  {
    title: 'a fault with a web page',
    behaviour: sends(502, HTML, { 'content-type': 'text/html' }),
    code: 'GRYM_SERVER_FAILED',
    words: 'a web page: It works!',
  },
  {
    title: 'a web page',
    behaviour: sends(200, HTML, { 'content-type': 'text/html' }),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'a web page',
  },
  { title: 'malformed JSON', behaviour: sends(200, '{"choices": [oops]}'), code: 'GRYM_SERVER_ANSWER_INVALID', words: 'no JSON' },
  {
    title: 'JSON that is cut off',
    behaviour: sends(200, wholeAnswer({ content: 'yes' }).slice(0, 60)),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'no JSON',
  },
  {
    title: 'an answer without choices',
    behaviour: sends(200, '{"object":"list","data":[]}'),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'no choices',
  },
  { title: 'choices of another kind', behaviour: sends(200, '{"choices":"yes"}'), code: 'GRYM_SERVER_ANSWER_INVALID', words: 'choices' },
  {
    title: 'an error in an answer',
    behaviour: sends(200, '{"error":{"message":"no slot","code":503}}'),
    code: 'GRYM_SERVER_BUSY',
    words: 'no slot',
  },
  {
    title: 'a body that is shorter than announced',
    behaviour: truncates(wholeAnswer({ content: 'yes' })),
    code: 'GRYM_SERVER_UNREACHABLE',
    words: 'cut the connection',
  },
  { title: 'a connection that is cut', behaviour: resets, code: 'GRYM_SERVER_UNREACHABLE', words: 'cut the connection' },
  {
    title: 'a huge answer',
    behaviour: floods({ 'content-type': 'application/json' }, ' '.repeat(65_536)),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'more than 8 MB',
  },
  {
    title: 'a huge answer, announced',
    behaviour: sends(200, '', { 'content-length': '99000000' }),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: '99 MB',
  },
];

describe.each(OUTCOMES)('$title', ({ behaviour, code, words }) => {
  test(`is ${code}`, async () => {
    conformance.behave(behaviour);
    const failure = ask(chatServer(conformance.url, 'secret-key-1'));
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    expect(conformance.requests).toHaveLength(1);
  });
});

const STREAM_OUTCOMES: readonly Outcome[] = [
  {
    title: 'cut in the middle',
    behaviour: resetsAmid(eventOf({ content: 'ye' })),
    code: 'GRYM_SERVER_UNREACHABLE',
    words: 'cut the connection',
  },
  {
    title: 'ended in the middle',
    behaviour: streams(eventOf({ content: 'ye' })),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'before the answer was complete',
  },
  { title: 'of no JSON', behaviour: streams('data: yes\n\n'), code: 'GRYM_SERVER_ANSWER_INVALID', words: 'no JSON but "yes"' },
  {
    title: 'with an error',
    behaviour: streams(eventOf({ content: 'ye' }), 'data: {"error":{"message":"it broke","code":500}}\n\n'),
    code: 'GRYM_SERVER_FAILED',
    words: 'it broke',
  },
  {
    title: 'with llama-server’s error',
    behaviour: streams('error: {"code":400,"message":"too many tokens"}\n\n'),
    code: 'GRYM_SERVER_REFUSED',
    words: 'too many tokens',
  },
  {
    title: 'without an end',
    behaviour: floods({ 'content-type': 'text/event-stream' }, eventOf({ content: 'la '.repeat(10_000) })),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'more than 2000000 characters',
  },
  {
    title: 'that is one endless line',
    behaviour: floods({ 'content-type': 'text/event-stream' }, 'x'.repeat(65_536)),
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'more than 4000000 characters',
  },
];

test.each(STREAM_OUTCOMES)('a stream $title is $code', async ({ behaviour, code, words }) => {
  conformance.behave(behaviour);
  await expect(watch(chatServer(conformance.url))).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});

test('a busy server’s pause is in the error, given in seconds or as a date', async () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const pauses: (number | undefined)[] = [];
  for (const header of [{ 'retry-after': '7' }, { 'retry-after': inAMinute }, { 'retry-after': 'soon' }, {}]) {
    conformance.behave(refuses(429, 'Slow down', header));
    pauses.push(await ask(chatServer(conformance.url)).then(() => -1, retryAfterSecondsOf));
  }
  expect(pauses).toEqual([7, expect.closeTo(60, -1), undefined, undefined]);
});

test('a server that does not answer ends at the deadline, and is let go', async () => {
  conformance.behave(hangs);
  await expect(ask(chatServer(conformance.url), {}, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
});

test('a stream that goes on too long ends at the deadline', async () => {
  conformance.behave(floods({ 'content-type': 'text/event-stream' }, ': ping\n\n'));
  const options = { deadlineMs: 100, onText: () => undefined };
  await expect(ask(chatServer(conformance.url), {}, options)).rejects.toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
});

test('cancelling ends it at once, before and amid the answer', async () => {
  const server = chatServer(conformance.url);
  for (const behaviour of [hangs, resetsAmidNever]) {
    conformance.behave(behaviour);
    const controller = new AbortController();
    const asked = ask(server, {}, { signal: controller.signal, onText: () => controller.abort() });
    await conformance.received(1);
    if (behaviour === hangs) controller.abort();
    await expect(asked).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  }
  conformance.behave(chats('yes'));
  await expect(ask(server, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(conformance.requests).toHaveLength(0);
});

/** Says the first word and nothing more. */
const resetsAmidNever: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(eventOf({ content: 'ye' }));
};

test('an address at which nothing listens is unreachable, in plain words', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const failure = ask(chatServer(`http://127.0.0.1:${port}/v1`));
  await expect(failure).rejects.toMatchObject({
    code: 'GRYM_SERVER_UNREACHABLE',
    message: expect.stringContaining('nothing listens at this address'),
  });
});

test('neither key nor password stands in what is shown', async () => {
  conformance.behave(refuses(403, 'No access for hunter2-hunter2 with secret-key-1'));
  const server = chatServer(conformance.url.replace('http://', 'http://user:hunter2-hunter2@'), 'secret-key-1');
  const error: unknown = await ask(server).catch((thrown: unknown) => thrown);
  expect(JSON.stringify([server.settings, error, (error as Error).message])).not.toContain('secret-key-1');
  expect((error as Error).message).not.toContain('hunter2');
});

test('a key that no header can carry is refused before anything is sent', () => {
  expect(() => chatServer('http://127.0.0.1:1/v1', 'schlüssel')).toThrow(/The key for http:\/\/127\.0\.0\.1:1\/v1/);
});
