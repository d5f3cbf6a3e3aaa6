import {
  decodeClientMessage,
  decodeDaemonMessage,
  encodeMessage,
  MAXIMUM_MESSAGE_BYTES,
  MAXIMUM_MESSAGE_DEPTH,
  ProtocolError,
  SUBPROTOCOLS,
  type ClientMessage,
  type DaemonMessage,
} from '../../protocol/index.js';
import { processorMs } from '../daemon/doubles/processor-time.js';

const { msgpack, json } = SUBPROTOCOLS;
const request = (params: Record<string, unknown>): ClientMessage => ({ type: 'request', id: 1, action: 'generate', params });

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function problemOf(work: () => unknown): ProtocolError {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('there was no problem');
}

test('what is decoded does not change when the incoming buffer does', () => {
  const frame = encodeMessage(request({ prompt: 'dark analog bass loop' }), msgpack);
  const message = decodeClientMessage(frame, msgpack);
  frame.fill(0);
  expect(message).toEqual(request({ prompt: 'dark analog bass loop' }));
});

test('a frame that waits in a queue keeps its bytes while others are encoded', () => {
  const first = encodeMessage(request({ prompt: 'first' }), msgpack);
  for (let turn = 0; turn < 1000; turn += 1) encodeMessage(request({ prompt: 'x'.repeat(turn) }), msgpack);
  expect(decodeClientMessage(first, msgpack)).toEqual(request({ prompt: 'first' }));
});

test('a message may come as an ArrayBuffer, in fragments, or as part of a larger buffer', () => {
  const frame = encodeMessage(request({ bars: 2 }), msgpack);
  const larger = Buffer.concat([Buffer.from([1, 2, 3]), frame, Buffer.from([4])]);
  const alone = new Uint8Array(frame).buffer;
  expect(decodeClientMessage(larger.subarray(3, 3 + frame.length), msgpack)).toEqual(request({ bars: 2 }));
  expect(decodeClientMessage(alone, msgpack)).toEqual(request({ bars: 2 }));
  expect(decodeClientMessage([frame.subarray(0, 5), frame.subarray(5)], msgpack)).toEqual(request({ bars: 2 }));
});

test.each([
  ['a text frame', msgpack, '{}'],
  ['a binary frame', json, Buffer.from('{}')],
] as const)('%s is refused where the subprotocol speaks the other', (_name, subprotocol, data) => {
  expect(problemOf(() => decodeClientMessage(data, subprotocol))).toMatchObject({ reason: 'syntax', path: '$' });
});

describe.each([msgpack, json])('%s', (subprotocol) => {
  test('the largest message passes, one byte more does not', () => {
    const overhead = Buffer.byteLength(encodeMessage(request({ text: 'x'.repeat(100_000) }), subprotocol)) - 100_000;
    const largest = request({ text: 'x'.repeat(MAXIMUM_MESSAGE_BYTES - overhead) });
    const frame = encodeMessage(largest, subprotocol);
    expect(Buffer.byteLength(frame)).toBe(MAXIMUM_MESSAGE_BYTES);
    expect(decodeClientMessage(frame, subprotocol)).toEqual(largest);
    const larger = typeof frame === 'string' ? `${frame} ` : Buffer.concat([frame, Buffer.alloc(1)]);
    expect(problemOf(() => decodeClientMessage(larger, subprotocol)).reason).toBe('size');
    const tooLarge = request({ text: 'x'.repeat(MAXIMUM_MESSAGE_BYTES - overhead + 1) });
    expect(problemOf(() => encodeMessage(tooLarge, subprotocol)).reason).toBe('size');
  });

  test('the deepest message passes, one level more does not', () => {
    const deepest = request({ x: nested(MAXIMUM_MESSAGE_DEPTH - 2) });
    expect(decodeClientMessage(encodeMessage(deepest, subprotocol), subprotocol)).toEqual(deepest);
    expect(problemOf(() => encodeMessage(request({ x: nested(MAXIMUM_MESSAGE_DEPTH - 1) }), subprotocol)).reason).toBe('depth');
  });

  test.each([
    ['NaN', Number.NaN, 'profile'],
    ['infinity', Number.POSITIVE_INFINITY, 'profile'],
    ['a bigint', 1n, 'profile'],
    ['a function', () => 1, 'profile'],
    ['a date', new Date(0), 'profile'],
    ['a typed array', new Float32Array([0.5]), 'profile'],
    ['undefined in a list', [undefined], 'profile'],
    // eslint-disable-next-line no-sparse-arrays
    ['a hole in a list', [1, , 2], 'profile'],
  ])('does not send %s', (_name, value, reason) => {
    const problem = problemOf(() => encodeMessage(request({ x: value }), subprotocol));
    expect(problem.reason).toBe(reason);
    expect(problem.path).toMatch(/^\$\.params\.x/);
  });

  test('a value that contains itself is refused, not followed for ever', () => {
    const loop: Record<string, unknown> = {};
    for (let index = 0; index < 20; index += 1) loop[`key${index}`] = loop;
    expect(['size', 'depth']).toContain(problemOf(() => encodeMessage(request(loop), subprotocol)).reason);
  });

  test('keys that are undefined are left out', () => {
    const reply = { type: 'reply', id: 3, result: undefined, error: undefined } as unknown as DaemonMessage;
    expect(decodeDaemonMessage(encodeMessage(reply, subprotocol), subprotocol)).toEqual({ type: 'reply', id: 3 });
  });

  test('half of a surrogate pair is sent as the replacement character', () => {
    const frame = encodeMessage(request({ prompt: 'a\ud834b 𝄞' }), subprotocol);
    expect(decodeClientMessage(frame, subprotocol)).toEqual(request({ prompt: 'a\ufffdb 𝄞' }));
  });

  test('a message out of its bounds is not sent', () => {
    const problem = problemOf(() => encodeMessage({ type: 'clear-slot', slot: 16, revision: 1 }, subprotocol));
    expect(problem).toMatchObject({ reason: 'value', path: '$.slot', got: '16' });
    expect(problem.message).toBe('At $.slot: expected number up to 15, got 16.');
  });
});

describe('JSON frames', () => {
  test.each([
    ['cut off', '{"type":"cancel"', 'syntax', '$'],
    ['empty', '', 'syntax', '$'],
    ['nested too deep', `{"type":"cancel","id":${'['.repeat(17)}${']'.repeat(17)}}`, 'depth', '$'],
    ['nested for ever', '['.repeat(200_000), 'depth', '$'],
    ['beyond the largest number', '{"type":"cancel","id":1e999}', 'profile', '$.id'],
    ['beyond 2^53', '{"type":"cancel","id":9007199254740993}', 'value', '$.id'],
    ['half of a surrogate pair', '{"type":"request","id":1,"action":"\\ud800","params":{}}', 'profile', '$.action'],
    ['the key __proto__', '{"type":"request","id":1,"action":"a","params":{"__proto__":{"x":1}}}', 'profile', '$.params'],
    ['an unknown key', '{"type":"cancel","id":1,"and":2}', 'value', '$'],
  ])('%s', (_name, text, reason, path) => {
    expect(problemOf(() => decodeClientMessage(text, json))).toMatchObject({ reason, path });
  });

  test('text full of escaped quotes takes no longer than its length', () => {
    const start = processorMs();
    expect(problemOf(() => decodeClientMessage(`"${'\\"'.repeat(120_000)}`, json)).reason).toBe('syntax');
    expect(processorMs() - start).toBeLessThan(1_000);
  });

  test('brackets inside of text do not count as nesting', () => {
    const message = request({ prompt: '[[[[[[[[[[[[[[[[[[[[ "{{{{" \\' });
    expect(decodeClientMessage(encodeMessage(message, json), json)).toEqual(message);
  });
});

test('a key that stands twice counts by its last value', () => {
  const frame = Buffer.from('83a474797065a663616e63656ca2696401a2696402', 'hex');
  expect(decodeClientMessage(frame, msgpack)).toEqual({ type: 'cancel', id: 2 });
});

test('a problem does not repeat the token', () => {
  const token = 'secret'.repeat(30);
  const identify = { type: 'identify', token, protocolVersions: [1], clientName: '', clientVersion: '', bridge: null, subscribe: [] };
  const problem = problemOf(() => decodeClientMessage(JSON.stringify(identify), json));
  expect(problem.path).toBe('$.token');
  expect(problem.message).not.toContain('secret');
});
