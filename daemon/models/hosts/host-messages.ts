import { z } from 'zod';
import {
  ERROR_CATALOGUE,
  GrymError,
  isGrymError,
  jsonObjectSchema,
  messageOf,
  type ErrorCode,
  type ErrorDetails,
  type JsonObject,
  type JsonValue,
} from '../../kernel/index.js';
import { RUNNER_KINDS } from './model-runner.js';
import { MAXIMUM_REGION_BYTES } from './shared-region.js';
import { tensorPlacesSchema } from './tensor-layout.js';

/** Of the JSON of parameters, results and events; what is larger belongs into tensors. Parsing so much takes a few milliseconds. */
export const MAXIMUM_JSON_CHARACTERS = 2 ** 20;

const taskId = z.int32().min(1);
// The channel carries JSON only, so what has come over it is JSON: walking through it once more would cost the daemon's event loop.
const wireJson = z.custom<JsonValue>((value) => value !== undefined);
const wireObject = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const placed = { places: tensorPlacesSchema, bytes: z.int().min(0).max(MAXIMUM_REGION_BYTES) };

const errorCode = z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(ERROR_CATALOGUE, value));
const wireErrorSchema = z.strictObject({ code: errorCode, details: jsonObjectSchema });
export type WireHostError = z.infer<typeof wireErrorSchema>;

/** From the daemon to a host. */
export const orderSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('load'),
    modelId: z.string().min(1),
    kind: z.enum(RUNNER_KINDS),
    path: z.string().min(1),
    threads: z.int().min(1),
    remoteGraphs: z.record(z.string(), z.string()),
    /** Of the module to load in place of the kind's own. Null: the kind's own. */
    runnerModule: z.string().nullable(),
  }),
  z.strictObject({ type: z.literal('run'), id: taskId, task: z.string(), what: z.string(), params: wireObject, ...placed }),
  z.strictObject({ type: z.literal('cancel'), id: taskId }),
]);
export type HostOrder = z.infer<typeof orderSchema>;
export type LoadOrder = Extract<HostOrder, { type: 'load' }>;
export type RunOrder = Extract<HostOrder, { type: 'run' }>;

/** From a host to the daemon. */
export const reportSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('loaded') }),
  z.strictObject({ type: z.literal('not-loaded'), error: wireErrorSchema }),
  z.strictObject({ type: z.literal('progress'), id: taskId, fraction: z.number().min(0).max(1), stage: z.string().max(500) }),
  z.strictObject({ type: z.literal('event'), id: taskId, event: wireObject }),
  z.strictObject({ type: z.literal('done'), id: taskId, result: wireJson, ...placed }),
  z.strictObject({ type: z.literal('failed'), id: taskId, error: wireErrorSchema }),
]);
export type HostReport = z.infer<typeof reportSchema>;
export type TaskReport = Extract<HostReport, { id: number }>;

/** JSON of what JSON can hold; other details only serve the log of the process that threw. */
function plainDetails(details: Readonly<Record<string, unknown>>): JsonObject {
  const kept = Object.entries(details).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(kept) as JsonObject;
}

/** Anything that a runner threw: what is not of the catalogue is a fault of the model. */
export function toWireHostError(error: unknown, modelId: string): WireHostError {
  const known = isGrymError(error) ? error : new GrymError('GRYM_MODEL_FAULT', { model: modelId, reason: messageOf(error).slice(0, 1000) });
  return { code: known.code, details: plainDetails(known.details) };
}

export function fromWireHostError({ code, details }: WireHostError): GrymError {
  return new GrymError<ErrorCode>(code, details as unknown as ErrorDetails<ErrorCode>);
}

/** Whether it may be sent as JSON beside the tensors. */
export function isSendable(value: JsonValue): boolean {
  return JSON.stringify(value).length <= MAXIMUM_JSON_CHARACTERS;
}
