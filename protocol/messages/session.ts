import { z } from 'zod';
import { bridgeFactsSchema } from './bridge.js';
import { bridgeIdSchema, counterSchema, protocolVersionSchema } from './common.js';

/** Classes of events; `meters` is opt-in and dropped first when a client is slow. */
export const eventClassSchema = z.enum(['runs', 'clips', 'bridges', 'slots', 'macros', 'meters']);
export type EventClass = z.infer<typeof eventClassSchema>;

/** Daemon → client, the only message before `identified`. */
export const helloSchema = z.strictObject({
  type: z.literal('hello'),
  daemonVersion: z.string().max(64),
  protocolVersions: z.array(protocolVersionSchema).min(1).max(16),
});

/** Client → daemon, first message. A bridge sends its facts along. */
export const identifySchema = z.strictObject({
  type: z.literal('identify'),
  /** 256 bits, hexadecimal, from the token file. */
  token: z.string().max(128),
  protocolVersions: z.array(protocolVersionSchema).min(1).max(16),
  clientName: z.string().max(200),
  clientVersion: z.string().max(64),
  bridge: bridgeFactsSchema.nullable(),
  subscribe: z.array(eventClassSchema).max(16),
});

/** Daemon → client: the token and a version were accepted; from here on everything may be sent. */
export const identifiedSchema = z.strictObject({
  type: z.literal('identified'),
  protocolVersion: protocolVersionSchema,
  sessionId: z.string().max(64),
  /** For a bridge: the id to use from here on; a new one where the announced id is already alive. */
  bridgeId: bridgeIdSchema.nullable(),
  /** Folder of the clips, where a bridge finds `<hash>.wav` when the daemon is gone. */
  clipFolder: z.string().max(4096),
});

/** Client → daemon: the classes of events it wants. */
export const subscribeSchema = z.strictObject({
  type: z.literal('subscribe'),
  /** Replaces the earlier choice. */
  classes: z.array(eventClassSchema).max(16),
});

/** What kind of failure it is; decides whether trying again can help. */
export const errorKindSchema = z.enum(['transient', 'timeout', 'resource', 'invalid-input', 'model-fault', 'cancelled', 'fatal']);
export type ErrorKind = z.infer<typeof errorKindSchema>;

/** A typed error as it crosses the wire; `code` is one of the catalogue. */
export const wireErrorSchema = z.strictObject({
  code: z
    .string()
    .regex(/^GRYM_[A-Z0-9_]+$/)
    .max(100),
  kind: errorKindSchema,
  message: z.string().max(4000),
  /** What the user can do about it. */
  remedy: z.string().max(4000),
});
export type WireError = z.infer<typeof wireErrorSchema>;

/** Client → daemon: do this. Gets any number of `progress` and exactly one `reply`. */
export const requestSchema = z.strictObject({
  type: z.literal('request'),
  /** Chosen by the client, unique among its open requests. */
  id: counterSchema,
  action: z.string().max(100),
  /** Checked against the action's own schema. */
  params: z.record(z.string(), z.unknown()),
});
/** Client → daemon: stop the computation of an earlier request; its reply says `cancelled`. */
export const cancelSchema = z.strictObject({ type: z.literal('cancel'), id: counterSchema });

/** Daemon → client: how far a request has come. */
export const progressSchema = z.strictObject({
  type: z.literal('progress'),
  id: counterSchema,
  /** 0 … 1 of the whole request. */
  fraction: z.number().min(0).max(1),
  stage: z.string().max(200),
});
/** Daemon → client: the end of a request, with a result or an error. */
export const replySchema = z.strictObject({
  type: z.literal('reply'),
  id: counterSchema,
  /** By the action's result schema. */
  result: z.unknown().optional(),
  /** Present where the request failed. */
  error: wireErrorSchema.optional(),
});
/** Daemon → client: something happened, of a class that was subscribed. */
export const eventSchema = z.strictObject({
  type: z.literal('event'),
  class: eventClassSchema,
  name: z.string().max(100),
  data: z.record(z.string(), z.unknown()),
});
/** Daemon → client: a message could not be taken and belongs to no request. */
export const faultSchema = z.strictObject({ type: z.literal('fault'), error: wireErrorSchema });
