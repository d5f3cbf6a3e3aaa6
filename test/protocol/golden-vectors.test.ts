import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  clientMessageSchema,
  daemonMessageSchema,
  decodeClientMessage,
  decodeDaemonMessage,
  encodeMessage,
  ProtocolError,
  SUBPROTOCOLS,
  type ClientMessage,
  type DaemonMessage,
} from '../../protocol/index.js';
import { packageRoot } from '../../protocol/generator/comments.js';
import type { FrameVectors } from '../../protocol/generator/golden-frames.js';
import type { GoldenFile } from '../../protocol/generator/golden-vectors.js';

const folder = join(packageRoot(), 'protocol', 'golden');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const goldenFiles = readdirSync(folder)
  .filter((name) => name !== 'frames.json')
  .map((name) => read(name) as GoldenFile);
const frames = read('frames.json') as FrameVectors;

const { msgpack, json } = SUBPROTOCOLS;
const decoderOf = (file: GoldenFile) => (file.sender === 'client' ? decodeClientMessage : decodeDaemonMessage);

function problemOf(decode: () => unknown): ProtocolError {
  try {
    decode();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('the message was taken');
}

test('every message type has vectors: two canonical ones, other encodings, and invalid ones', () => {
  const types = [...clientMessageSchema.options, ...daemonMessageSchema.options].map((option) => option.shape.type.value);
  expect(goldenFiles.map((file) => file.message).sort()).toEqual([...types].sort());
  for (const file of goldenFiles) {
    expect(file.valid.filter((vector) => vector.canonical)).toHaveLength(2);
    expect(file.valid.length).toBeGreaterThan(4);
    expect(file.invalid.length).toBeGreaterThan(2);
  }
});

describe.each(goldenFiles.map((file) => [file.message, file] as const))('%s', (_name, file) => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('takes %s', (_vectorName, vector) => {
    expect(decoderOf(file)(Buffer.from(vector.bytes, 'hex'), msgpack)).toEqual(vector.value);
    const frame = encodeMessage(vector.value as ClientMessage | DaemonMessage, json);
    expect(decoderOf(file)(frame, json)).toEqual(vector.value);
  });

  test('writes the canonical bytes', () => {
    for (const vector of file.valid.filter((candidate) => candidate.canonical)) {
      expect(encodeMessage(vector.value as ClientMessage | DaemonMessage, msgpack).toString('hex')).toBe(vector.bytes);
    }
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('refuses %s', (_vectorName, vector) => {
    const problem = problemOf(() => decoderOf(file)(Buffer.from(vector.bytes, 'hex'), msgpack));
    expect(problem).toMatchObject({ reason: vector.reason, path: vector.path });
    expect(problem.expected).not.toBe('');
    expect(problem.got).not.toBe('');
  });
});

describe('frames that are no message', () => {
  test.each(frames.invalid.map((vector) => [vector.name, vector] as const))('refuses %s', (_name, vector) => {
    const problem = problemOf(() => decodeClientMessage(Buffer.from(vector.bytes, 'hex'), msgpack));
    expect(problem).toMatchObject({ reason: vector.reason, path: vector.path });
  });

  test.each(frames.unknownTypes.map((vector) => [vector.name, vector] as const))('knows %s as unknown', (_name, vector) => {
    const problem = problemOf(() => decodeClientMessage(Buffer.from(vector.bytes, 'hex'), msgpack));
    expect(problem).toMatchObject({ reason: 'type', path: '$.type' });
  });
});
