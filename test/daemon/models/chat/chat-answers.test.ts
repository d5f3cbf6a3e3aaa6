import { DONE, eventOf, wholeAnswer } from '../../../servers/answers.js';
import { chats, dependingOn, drips, refuses, says, sends, streams } from '../../../servers/behaviours.js';
import { ConformanceServer, type Behaviour } from '../../../servers/conformance-server.js';
import { ask, chatServer, SCHEMA, watch } from './ask.js';

let conformance: ConformanceServer;
beforeAll(async () => void (conformance = await ConformanceServer.start()));
afterAll(() => conformance.dispose());

const PLACES: readonly (readonly [place: string, whole: Behaviour, streamed: Behaviour])[] = [
  [
    'reasoning',
    sends(200, wholeAnswer({ reasoning: 'Four.', content: 'yes' })),
    streams(eventOf({ reasoning: 'Fo' }), eventOf({ reasoning: 'ur.' }), eventOf({ content: 'yes' }, 'stop'), DONE),
  ],
  [
    'reasoning_content',
    sends(200, wholeAnswer({ reasoning_content: 'Four.', content: 'yes' })),
    streams(eventOf({ reasoning_content: 'Four.' }), eventOf({ content: 'y' }), eventOf({ content: 'es' }, 'stop'), DONE),
  ],
  [
    'thinking',
    sends(200, wholeAnswer({ thinking: 'Four.', content: 'yes' })),
    streams(eventOf({ thinking: 'Four.' }), eventOf({ content: 'yes' }, 'stop'), DONE),
  ],
  [
    '<think> in the content',
    says('<think>Four.</think>yes'),
    streams(...['<th', 'ink>Fo', 'ur.</', 'thi', 'nk>y', 'es'].map((content) => eventOf({ content })), eventOf({}, 'stop'), DONE),
  ],
  [
    'two fields at once',
    sends(200, wholeAnswer({ reasoning: 'Four.', reasoning_content: 'Four.', content: 'yes' })),
    streams(eventOf({ reasoning: 'Four.', reasoning_content: 'Four.' }), eventOf({ content: 'yes' }, 'stop'), DONE),
  ],
  [
    'parts of the content',
    sends(
      200,
      wholeAnswer({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Four.' }] },
          { type: 'text', text: 'yes' },
        ],
      }),
    ),
    streams(
      eventOf({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Four.' }] }] }),
      eventOf({ content: 'yes' }, 'stop'),
      DONE,
    ),
  ],
];

describe.each(PLACES)('thoughts in %s', (_place, whole, streamed) => {
  const expected = { reasoning: 'Four.', content: 'yes', finishReason: 'stop' };

  test('are told from the answer', async () => {
    conformance.behave(whole);
    expect(await ask(chatServer(conformance.url))).toMatchObject(expected);
    expect(conformance.requests[0]?.body).not.toHaveProperty('stream');
  });

  test('are told from the answer while it comes', async () => {
    conformance.behave(streamed);
    const { reply, reasoning, content } = await watch(chatServer(conformance.url));
    expect(reply).toMatchObject(expected);
    expect({ reasoning, content }).toEqual({ reasoning: 'Four.', content: 'yes' });
    expect(conformance.requests[0]?.body).toMatchObject({ stream: true });
  });
});

test('thoughts that the template has opened are found, and expected the next time', async () => {
  const server = chatServer(conformance.url);
  conformance.behave(streams(eventOf({ content: 'Four.' }), eventOf({ content: '</think>yes' }, 'stop'), DONE));
  expect((await watch(server)).reply).toMatchObject({ reasoning: 'Four.', content: 'yes' });
  expect(await watch(server)).toMatchObject({ reasoning: 'Four.', content: 'yes' });
});

const ENDINGS: readonly (readonly [title: string, behaviour: Behaviour])[] = [
  ['a mark', streams(eventOf({ content: 'yes' }), DONE)],
  ['a reason but no mark', streams(eventOf({ content: 'yes' }, 'stop'))],
  [
    'a use of tokens and a mark',
    streams(eventOf({ content: 'yes' }, 'stop'), 'data: {"choices":[],"usage":{"prompt_tokens":3}}\n\n', DONE),
  ],
  ['Windows line ends', streams(...[eventOf({ content: 'yes' }, 'stop'), DONE].map((event) => event.replaceAll('\n', '\r\n')))],
  ['pings between', streams(': ping\n\n', eventOf({ content: 'yes' }, 'stop'), ': ping\n\n', DONE)],
  ['single bytes', drips(`${eventOf({ content: 'yes' }, 'stop')}${DONE}`)],
  ['a whole answer, since it cannot stream', says('yes')],
];

test.each(ENDINGS)('a stream is read that has %s', async (_title, behaviour) => {
  conformance.behave(behaviour);
  const { reply, content } = await watch(chatServer(conformance.url));
  expect([reply.content, content]).toEqual(['yes', 'yes']);
});

test('what the server is asked', async () => {
  conformance.behave(chats('yes'));
  const server = chatServer(`${conformance.url}/`, ' key-of-the-user\n');
  const reply = await ask(server, { temperature: 0.6, topP: 0.95, maximumTokens: 100, schema: SCHEMA });
  expect(reply.schemaTaken).toBe(true);
  expect(conformance.requests).toHaveLength(1);
  expect(conformance.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer key-of-the-user', 'content-type': 'application/json' },
    body: {
      ...{ model: 'test-model', messages: [{ role: 'user', content: 'How many bars?' }], temperature: 0.6, top_p: 0.95, max_tokens: 100 },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA.schema } },
    },
  });
});

const REFUSALS: readonly (readonly [field: string, refusal: Behaviour])[] = [
  ['response_format', refuses(400, 'This response_format type is unavailable now')],
  [
    'response_format',
    sends(422, '{"detail":[{"type":"extra_forbidden","loc":["body","response_format"],"msg":"Extra inputs are not permitted"}]}'),
  ],
  ['response_format', refuses(500, 'Failed to parse grammar')],
  ['stream', refuses(400, 'Streaming is not implemented here.')],
  ['temperature', refuses(400, "Unsupported value: 'temperature' does not support 0.6 with this model.")],
  [
    'max_tokens',
    refuses(400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
  ],
];

test.each(REFUSALS)('a server that refuses %s is asked without it, and remembered', async (field, refusal) => {
  conformance.behave(dependingOn(field, refusal, chats('yes')));
  const server = chatServer(conformance.url);
  const request = { temperature: 0.6, maximumTokens: 100, schema: SCHEMA };
  const { reply } = await watch(server, request);
  expect(reply).toMatchObject({ content: 'yes', schemaTaken: field !== 'response_format' });
  expect((await watch(server, request)).reply.content).toBe('yes');
  expect(conformance.requests.map(({ body }) => Object.hasOwn(body, field))).toEqual([true, false, false]);
  if (field === 'max_tokens') expect(conformance.requests[1]?.body).toMatchObject({ max_completion_tokens: 100 });
});

test('a server that answers in streams only is asked for one from then on', async () => {
  conformance.behave(dependingOn('stream', chats('yes'), refuses(400, 'This model only supports stream mode.')));
  const server = chatServer(conformance.url);
  expect([(await ask(server)).content, (await ask(server)).content]).toEqual(['yes', 'yes']);
  expect(conformance.requests.map(({ body }) => body['stream'] === true)).toEqual([false, true, true]);
});
