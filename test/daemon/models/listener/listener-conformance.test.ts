import { createChatServer } from '../../../../daemon/models/chat/index.js';
import type { Description } from '../../../../daemon/models/describe.js';
import { checkHearing } from '../../../../daemon/models/listener/index.js';
import { DONE, eventOf, HEARD_TEXT, wholeAnswer } from '../../../servers/answers.js';
import {
  dependingOn,
  drips,
  floods,
  hangs,
  refuses,
  replies,
  resets,
  resetsAmid,
  says,
  sends,
  streams,
  truncates,
} from '../../../servers/behaviours.js';
import { ConformanceServer, type Behaviour } from '../../../servers/conformance-server.js';
import { FakeClock } from '../../doubles/index.js';
import { audioOf, listenerAt, listening, secondsOf, tone, wordsOf } from './listening.js';

let conformance: ConformanceServer;
beforeAll(async () => void (conformance = await ConformanceServer.start()));
afterAll(() => conformance.dispose());

const HEARS = says('A steady tone.');
const ANSWERS = says(HEARD_TEXT);
const FORBIDDEN = refuses(413, 'Audio is too long.');
const HTML = '<!doctype html><title>nginx</title>';

interface Case {
  readonly title: string;
  /** First the answer to the probe. */
  readonly behaviours: readonly Behaviour[];
  /** Of a failure; a description is expected without. */
  readonly code?: string;
  readonly words?: string | RegExp;
  /** Requests that it takes, the probe's included. */
  readonly requests: number;
}

const CASES: readonly Case[] = [
  { title: 'behaves', behaviours: [HEARS, ANSWERS], requests: 2 },
  {
    title: 'puts its answer into a fence, among words',
    behaviours: [HEARS, says(`Sure!\n\`\`\`json\n${HEARD_TEXT}\n\`\`\`\nEnjoy.`)],
    requests: 2,
  },
  { title: 'answers malformed JSON once', behaviours: [HEARS, says('{"instruments": [drums]}'), ANSWERS], requests: 3 },
  { title: 'answers truncated JSON once', behaviours: [HEARS, says(HEARD_TEXT.slice(0, 50)), ANSWERS], requests: 3 },
  { title: 'answers another schema once', behaviours: [HEARS, says('{"instruments": 7}'), ANSWERS], requests: 3 },
  { title: 'answers nothing once', behaviours: [HEARS, says(''), ANSWERS], requests: 3 },
  {
    title: 'answers malformed JSON again',
    behaviours: [HEARS, says('drums, I think')],
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'no whole JSON object in it, also when asked once more',
    requests: 3,
  },
  {
    title: 'answers another schema again',
    behaviours: [HEARS, says('{"instruments": 7}')],
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: '"instruments" is not a list of texts',
    requests: 3,
  },
  {
    title: 'names nothing',
    behaviours: [HEARS, says('{"instruments":[],"mood":["None"],"genre":[],"production_notes":["dry"],"issues":[]}')],
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'names no instrument',
    requests: 2,
  },
  { title: 'refuses the length of any audio', behaviours: [HEARS, FORBIDDEN], code: 'GRYM_SERVER_REFUSED', words: 'HTTP 413', requests: 5 },
  { title: 'fails', behaviours: [HEARS, refuses(500, 'CUDA error')], code: 'GRYM_SERVER_FAILED', words: 'CUDA error', requests: 2 },
  { title: 'cuts the connection', behaviours: [HEARS, resets], code: 'GRYM_SERVER_UNREACHABLE', words: 'cut the connection', requests: 2 },
  {
    title: 'cuts the connection in the middle',
    behaviours: [HEARS, resetsAmid(eventOf({ content: '{"ins' }))],
    code: 'GRYM_SERVER_UNREACHABLE',
    words: 'cut the connection',
    requests: 2,
  },
  {
    title: 'breaks off its answer',
    behaviours: [HEARS, truncates(wholeAnswer({ content: HEARD_TEXT }))],
    code: 'GRYM_SERVER_UNREACHABLE',
    words: 'cut the connection',
    requests: 2,
  },
  { title: 'streams unasked, byte by byte', behaviours: [HEARS, drips(`${eventOf({ content: HEARD_TEXT }, 'stop')}${DONE}`)], requests: 2 },
  {
    title: 'shows a web page',
    behaviours: [HEARS, sends(200, HTML)],
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'a web page',
    requests: 2,
  },
  {
    title: 'answers without end',
    behaviours: [HEARS, floods({ 'content-type': 'application/json' }, ' '.repeat(65_536))],
    code: 'GRYM_SERVER_ANSWER_INVALID',
    words: 'more than 8 MB',
    requests: 2,
  },
  {
    title: 'knows no response_format',
    behaviours: [HEARS, dependingOn('response_format', refuses(400, 'unknown field response_format'), ANSWERS)],
    requests: 3,
  },
  { title: 'thinks in reasoning', behaviours: [HEARS, sends(200, wholeAnswer({ reasoning: '{"no"', content: HEARD_TEXT }))], requests: 2 },
  {
    title: 'thinks in reasoning_content',
    behaviours: [HEARS, sends(200, wholeAnswer({ reasoning_content: '{"no"', content: HEARD_TEXT }))],
    requests: 2,
  },
  {
    title: 'thinks in thinking',
    behaviours: [HEARS, streams(eventOf({ thinking: '{"no"' }), eventOf({ content: HEARD_TEXT }, 'stop'), DONE)],
    requests: 2,
  },
  { title: 'thinks in <think>', behaviours: [HEARS, says(`<think>{"instruments": []</think>${HEARD_TEXT}`)], requests: 2 },
  { title: 'thinks where the template opened it', behaviours: [HEARS, says(`{"instruments"?</think>${HEARD_TEXT}`)], requests: 2 },
  { title: 'wants another key', behaviours: [refuses(401, 'no')], code: 'GRYM_SERVER_REFUSED', words: 'HTTP 401', requests: 1 },
  {
    title: 'has no such model',
    behaviours: [refuses(404, 'no model test-ears')],
    code: 'GRYM_SERVER_REFUSED',
    words: 'no model test-ears',
    requests: 2,
  },
  {
    title: 'takes no audio, as OpenAI says it',
    behaviours: [
      dependingOnAudio(
        refuses(400, 'Invalid content type. image_url and input_audio are only supported by certain models.'),
        says('no audio'),
      ),
    ],
    code: 'GRYM_SERVER_NO_AUDIO',
    words: /test-ears takes no audio \(Invalid content type/,
    requests: 2,
  },
  {
    title: 'takes no audio, as llama-server says it',
    behaviours: [
      dependingOnAudio(refuses(500, 'audio input is not supported - hint: you may need to provide the mmproj'), says('no audio')),
    ],
    code: 'GRYM_SERVER_NO_AUDIO',
    words: 'mmproj',
    requests: 2,
  },
  {
    title: 'leaves audio out and says so',
    behaviours: [says("I'm a text-based model and can't listen to recordings.")],
    code: 'GRYM_SERVER_NO_AUDIO',
    words: 'says that it hears nothing',
    requests: 1,
  },
  {
    title: 'leaves audio out and makes something up',
    behaviours: [says('Birds singing in a forest.', 40)],
    code: 'GRYM_SERVER_NO_AUDIO',
    words: 'counts no more tokens with a recording than without',
    requests: 2,
  },
  {
    title: 'counts the tokens of audio',
    behaviours: [
      dependingOnAudio(says('A tone.', 65), says('no audio', 40)),
      dependingOnAudio(says('A tone.', 65), says('no audio', 40)),
      ANSWERS,
    ],
    requests: 3,
  },
];

function dependingOnAudio(withAudio: Behaviour, without: Behaviour): Behaviour {
  return (request, response) => (audioOf(request) === undefined ? without : withAudio)(request, response);
}

const HEARD_DESCRIPTION: Description = {
  text: '2.0 s: Drum machine, Acid bass; dark, driving; techno (heard by test-ears).',
  words: ['drum machine', 'acid bass', 'dark', 'driving', 'techno'].map((word) => ({ word, reason: 'heard by test-ears' })),
  prompt: 'dark, driving, techno, drum machine, acid bass',
  heard: {
    instruments: ['Drum machine', 'Acid bass'],
    mood: ['dark', 'driving'],
    genre: ['techno'],
    productionNotes: ['The kick is sidechained to the bass'],
    issues: ['The hi-hat is harsh around 9 kHz'],
  },
};

describe.each(CASES)('a server that $title', ({ behaviours, code, words, requests }) => {
  test(code === undefined ? 'is understood' : `is ${code}`, async () => {
    conformance.behave(...behaviours);
    const described = listenerAt(conformance.url).describe(tone(2), listening);
    if (code === undefined) expect(await described).toEqual(HEARD_DESCRIPTION);
    else await expect(described).rejects.toMatchObject({ code, message: expect.stringMatching(words ?? '') });
    expect(conformance.requests).toHaveLength(requests);
  });
});

test('a server that does not answer ends at the deadline', async () => {
  conformance.behave(HEARS, hangs);
  const described = listenerAt(conformance.url, { deadlineMs: 200 }).describe(tone(1), listening);
  await expect(described).rejects.toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
});

test('cancelling ends it at once', async () => {
  conformance.behave(HEARS, hangs);
  const controller = new AbortController();
  const described = listenerAt(conformance.url).describe(tone(1), { signal: controller.signal });
  await conformance.received(2);
  controller.abort();
  await expect(described).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

const PAUSES: readonly (readonly [title: string, headers: Readonly<Record<string, string>>, waitedMs: number])[] = [
  ['asks for 7 s', { 'retry-after': '7' }, 7_000],
  ['names no pause', {}, 1_000],
];

test.each(PAUSES)('a busy server that %s is asked again after it', async (_title, headers, waitedMs) => {
  const clock = new FakeClock();
  conformance.behave(HEARS, refuses(429, 'Rate limit', headers), ANSWERS);
  const described = listenerAt(conformance.url, { clock }).describe(tone(2), listening);
  expect(await clock.turnUntil(described)).toEqual(HEARD_DESCRIPTION);
  expect(clock.monotonicMs()).toBe(waitedMs);
});

test('a server that stays busy, or for too long, is let go', async () => {
  const clock = new FakeClock();
  const listener = listenerAt(conformance.url, { clock });
  conformance.behave(HEARS, refuses(429, 'Rate limit'));
  await expect(clock.turnUntil(listener.describe(tone(1), listening))).rejects.toMatchObject({ code: 'GRYM_SERVER_BUSY' });
  expect([conformance.requests.length, clock.monotonicMs()]).toEqual([5, 7_000]);
  conformance.behave(refuses(503, 'Loading', { 'retry-after': '600' }));
  await expect(clock.turnUntil(listener.describe(tone(1), listening))).rejects.toMatchObject({ code: 'GRYM_SERVER_BUSY' });
  expect([conformance.requests.length, clock.monotonicMs()]).toEqual([1, 7_000]);
});

test('parts that are too long for the server are halved, now and later', async () => {
  const takes =
    (seconds: number): Behaviour =>
    (request, response) =>
      (secondsOf(request) > seconds ? FORBIDDEN : replies((asked) => (wordsOf(asked).includes('JSON') ? HEARD_TEXT : 'A tone.')))(
        request,
        response,
      );
  conformance.behave(takes(12));
  const listener = listenerAt(conformance.url);
  await listener.describe(tone(28), listening);
  expect(conformance.requests.map(secondsOf)).toEqual([
    1,
    28,
    14,
    expect.closeTo(9.33, 1),
    expect.closeTo(9.33, 1),
    expect.closeTo(9.33, 1),
  ]);
  conformance.behave(takes(12));
  await listener.describe(tone(10), listening);
  expect(conformance.requests.map(secondsOf)).toEqual([10]);
});

test('whether it takes audio is asked once, and again when that is long ago', async () => {
  const clock = new FakeClock();
  const listener = listenerAt(conformance.url, { clock });
  conformance.behave(HEARS, ANSWERS);
  await listener.describe(tone(1), listening);
  await listener.describe(tone(1), listening);
  expect(conformance.requests).toHaveLength(3);
  conformance.behave(says('no audio'));
  await clock.turn(3_600_000);
  for (let round = 0; round < 2; round += 1) {
    await expect(listener.describe(tone(1), listening)).rejects.toMatchObject({
      code: 'GRYM_SERVER_NO_AUDIO',
      remedy: expect.stringContaining('listenerUrl'),
    });
  }
  expect(conformance.requests).toHaveLength(1);
  conformance.behave(HEARS, ANSWERS);
  await clock.turn(60_000);
  expect(await listener.describe(tone(2), listening)).toEqual(HEARD_DESCRIPTION);
});

test('a check alone says whether a server hears, without any clip', async () => {
  const chat = createChatServer({ url: conformance.url, model: 'test-ears' });
  const options = { ...listening, deadlineMs: 5_000 };
  conformance.behave(HEARS);
  await expect(checkHearing(chat, options)).resolves.toBeUndefined();
  conformance.behave(says('no audio'));
  await expect(checkHearing(chat, options)).rejects.toMatchObject({ code: 'GRYM_SERVER_NO_AUDIO' });
});
