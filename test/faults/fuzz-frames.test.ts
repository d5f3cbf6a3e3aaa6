import {
  decodeClientMessage,
  decodeDaemonMessage,
  encodeMessage,
  ProtocolError,
  SUBPROTOCOLS,
  type ClientMessage,
  type DaemonMessage,
  type FrameData,
  type Subprotocol,
} from '../../protocol/index.js';
import { FrameMutator, readGoldenFrames } from './mutate-frames.js';

/** `GRYM_FUZZ_FRAMES=100000` runs the full count, `GRYM_FUZZ_SEED` other frames. */
const frameCount = Number(process.env['GRYM_FUZZ_FRAMES'] ?? 10_000);
const seed = Number(process.env['GRYM_FUZZ_SEED'] ?? 1);
const milliseconds = 60_000 + frameCount * 5;

type Message = ClientMessage | DaemonMessage;

/** The message, or null for a typed problem; anything else that is thrown passes through and fails the test. */
function decode(
  decoder: (data: FrameData, subprotocol: Subprotocol) => Message,
  data: FrameData,
  subprotocol: Subprotocol,
): Message | null {
  try {
    return decoder(data, subprotocol);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (!/^\$/.test(error.path) || error.expected === '' || error.got === '' || error.message.length > 4096) throw error;
    return null;
  }
}

function survives(data: FrameData, subprotocol: Subprotocol): number {
  let decoded = 0;
  for (const decoder of [decodeClientMessage, decodeDaemonMessage]) {
    const message = decode(decoder, data, subprotocol);
    if (message === null) continue;
    decoded += 1;
    // The sign of zero is not carried by either encoding.
    const expected: unknown = JSON.parse(JSON.stringify(message));
    expect(decode(decoder, encodeMessage(message, subprotocol), subprotocol)).toEqual(expected);
  }
  return decoded;
}

describe(`${frameCount} mutated frames of seed ${seed}`, () => {
  test(
    'MessagePack: each decodes, and again after encoding, or gives a typed problem',
    () => {
      const mutator = new FrameMutator(readGoldenFrames('both'), seed);
      let decoded = 0;
      for (let count = 0; count < frameCount; count += 1) decoded += survives(mutator.next(), SUBPROTOCOLS.msgpack);
      expect(decoded).toBeGreaterThan(frameCount / 200);
      expect(decoded).toBeLessThan(frameCount / 2);
    },
    milliseconds,
  );

  test(
    'JSON: the same',
    () => {
      const mutator = new FrameMutator(readGoldenFrames('both'), seed);
      let decoded = 0;
      for (let count = 0; count < frameCount; count += 1) decoded += survives(mutator.nextText(), SUBPROTOCOLS.json);
      expect(decoded).toBeGreaterThan(frameCount / 200);
      expect(decoded).toBeLessThan(frameCount);
    },
    milliseconds,
  );
});

test('the same seed makes the same frames, another seed others', () => {
  const frames = (start: number): string[] => {
    const mutator = new FrameMutator(readGoldenFrames('client'), start);
    return Array.from({ length: 50 }, () => mutator.next().toString('hex'));
  };
  expect(frames(3)).toEqual(frames(3));
  expect(frames(3)).not.toEqual(frames(4));
});
