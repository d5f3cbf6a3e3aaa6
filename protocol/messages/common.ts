import { z } from 'zod';

/** The protocol versions that this build speaks, newest first. */
export const PROTOCOL_VERSIONS = [1] as const;

/** WebSocket subprotocols. JSON carries the same messages and exists for debugging. */
export const SUBPROTOCOLS = { msgpack: 'grym.v1.msgpack', json: 'grym.v1.json' } as const;

/** The largest message either side accepts, in bytes. */
export const MAXIMUM_MESSAGE_BYTES = 256 * 1024;

/** The deepest nesting of arrays and maps that a decoder follows. */
export const MAXIMUM_MESSAGE_DEPTH = 16;

/** How long a connection may stay open without `identify`, in milliseconds. */
export const IDENTIFY_DEADLINE_MS = 5_000;

export const SLOT_COUNT = 16;

/** Close codes of the application range; the names are part of the contract. */
export const CLOSE_CODES = {
  /** No `identify` came within the deadline. */
  identifyTimeout: 4001,
  /** A frame was no message of this protocol, and the session cannot go on: before `identified`, or too many of them. */
  badMessage: 4002,
  /** The token in `identify` is not the daemon's. */
  wrongToken: 4003,
  /** The two sides share no protocol version. */
  unsupportedProtocol: 4004,
  /** A second `identify`. */
  alreadyIdentified: 4005,
  /** The client did not read fast enough, and what waited for it grew too large. */
  tooSlow: 4006,
  /** The same bridge has opened a newer connection. */
  bridgeReplaced: 4007,
  /** The daemon ends; try again later. */
  shuttingDown: 4008,
  /** A fault of the daemon's own. */
  internalError: 4009,
} as const;
export type CloseCodeName = keyof typeof CLOSE_CODES;

/** SHA-256 of a clip's file, lower-case hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
/** Random UUID, lower case; names a bridge for as long as its project lives. */
export const bridgeIdSchema = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const slotIndexSchema = z
  .int()
  .min(0)
  .max(SLOT_COUNT - 1);
export const tempoBpmSchema = z.number().min(20).max(400);
export const sampleRateSchema = z.number().min(8_000).max(768_000);
/** A count that never exceeds 2⁵³ − 1, so that every language holds it exactly. */
export const counterSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const revisionSchema = counterSchema;
export const protocolVersionSchema = z.int().min(1).max(65_535);
