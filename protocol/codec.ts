import { Packr } from 'msgpackr';
import type { z } from 'zod';
import {
  clientMessageSchema,
  daemonMessageSchema,
  MAXIMUM_MESSAGE_BYTES,
  MAXIMUM_MESSAGE_DEPTH,
  SUBPROTOCOLS,
  type ClientMessage,
  type DaemonMessage,
} from './messages/index.js';
import { describeValue, formatPath, ProtocolError } from './protocol-error.js';
import { readJson } from './wire/json.js';
import { toPlainData } from './wire/plain-data.js';
import { checkProfile } from './wire/profile.js';

export type Subprotocol = (typeof SUBPROTOCOLS)[keyof typeof SUBPROTOCOLS];

/** A frame as a WebSocket hands it over: bytes for MessagePack, text for JSON. */
export type FrameData = string | ArrayBuffer | Uint8Array | readonly Uint8Array[];

const LIMITS = { bytes: MAXIMUM_MESSAGE_BYTES, depth: MAXIMUM_MESSAGE_DEPTH };

/** Plain maps and no extensions, so that any MessagePack library can read what is sent. */
const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' });

type MessageSchema = typeof clientMessageSchema | typeof daemonMessageSchema;
const clientTypes = indexByType(clientMessageSchema);
const daemonTypes = indexByType(daemonMessageSchema);

/** What the daemon takes from a client or a bridge. Throws ProtocolError. */
export function decodeClientMessage(data: FrameData, subprotocol: Subprotocol): ClientMessage {
  return validate(clientTypes, readFrame(data, subprotocol)) as ClientMessage;
}

/** What a client takes from the daemon. Throws ProtocolError; reason `type` for a message of a newer daemon, to be ignored. */
export function decodeDaemonMessage(data: FrameData, subprotocol: Subprotocol): DaemonMessage {
  return validate(daemonTypes, readFrame(data, subprotocol)) as DaemonMessage;
}

/**
 * The frame for a message. Throws ProtocolError for what the other side would refuse; keys that are `undefined` are left out,
 * and halves of surrogate pairs become U+FFFD, since UTF-8 has none.
 */
export function encodeMessage(message: ClientMessage | DaemonMessage, subprotocol: typeof SUBPROTOCOLS.msgpack): Buffer;
export function encodeMessage(message: ClientMessage | DaemonMessage, subprotocol: typeof SUBPROTOCOLS.json): string;
export function encodeMessage(message: ClientMessage | DaemonMessage, subprotocol: Subprotocol): Buffer | string;
export function encodeMessage(message: ClientMessage | DaemonMessage, subprotocol: Subprotocol): Buffer | string {
  const plain = toPlainData(message, LIMITS);
  validate(clientTypes.has(message.type) ? clientTypes : daemonTypes, plain);
  // The packer reuses its buffer; the frame may wait in a queue, so it gets bytes of its own.
  const frame = subprotocol === SUBPROTOCOLS.json ? JSON.stringify(plain) : Buffer.from(packr.pack(plain));
  const size = Buffer.byteLength(frame);
  if (size > LIMITS.bytes) throw new ProtocolError('size', '$', `at most ${LIMITS.bytes} bytes`, `${size} bytes`);
  return frame;
}

function readFrame(data: FrameData, subprotocol: Subprotocol): unknown {
  if (subprotocol === SUBPROTOCOLS.json) {
    if (typeof data !== 'string') throw new ProtocolError('syntax', '$', 'a text frame', 'a binary frame');
    return readJson(data, LIMITS);
  }
  if (typeof data === 'string') throw new ProtocolError('syntax', '$', 'a binary frame', 'a text frame');
  const bytes = ownBytes(data);
  checkProfile(bytes, LIMITS);
  return packr.unpack(bytes) as unknown;
}

/** A copy: what is checked is what is decoded, whoever else holds the buffer. Too large a frame is not copied first. */
function ownBytes(data: Exclude<FrameData, string>): Buffer {
  const pieces = data instanceof ArrayBuffer ? [new Uint8Array(data)] : data instanceof Uint8Array ? [data] : data;
  const size = pieces.reduce((total, piece) => total + piece.byteLength, 0);
  if (size > LIMITS.bytes) throw new ProtocolError('size', '$', `at most ${LIMITS.bytes} bytes`, `${size} bytes`);
  return Buffer.concat(pieces);
}

function indexByType(schema: MessageSchema): ReadonlyMap<string, z.ZodType> {
  return new Map(schema.options.map((option) => [option.shape.type.value, option]));
}

function validate(schemas: ReadonlyMap<string, z.ZodType>, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('value', '$', 'map', describeValue(value));
  }
  const type: unknown = Object.hasOwn(value, 'type') && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') throw new ProtocolError('value', '$.type', "the message's type", describeValue(type));
  const schema = schemas.get(type);
  if (!schema) throw new ProtocolError('type', '$.type', `one of ${[...schemas.keys()].join(' ')}`, describeValue(type));
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw result.error;
  const got = issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys) : describeValue(valueAt(value, issue.path));
  throw new ProtocolError('value', formatPath(issue.path), expectation(issue), got);
}

function unknownKeys(keys: readonly string[]): string {
  return `unknown ${keys.length === 1 ? 'key' : 'keys'} ${keys
    .slice(0, 5)
    .map((key) => formatPath([key]))
    .join(' ')}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'too_big':
      return `${quantity(issue.origin)} up to ${issue.maximum}`;
    case 'too_small':
      return `${quantity(issue.origin)} of at least ${issue.minimum}`;
    case 'invalid_format':
      return `text like ${issue.pattern ?? issue.format}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(' ')}`;
    case 'unrecognized_keys':
      return 'only the keys of this message';
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
  }
}

function quantity(origin: string): string {
  if (origin === 'string') return 'text with a length';
  return origin === 'array' ? 'list with a length' : 'number';
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined),
    root,
  );
}
