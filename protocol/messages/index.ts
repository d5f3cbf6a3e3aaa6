import { z } from 'zod';
import { bridgeUpdateSchema, clearSlotSchema, loadSlotSchema, slotReportMessageSchema } from './bridge.js';
import {
  cancelSchema,
  eventSchema,
  faultSchema,
  helloSchema,
  identifiedSchema,
  identifySchema,
  progressSchema,
  replySchema,
  requestSchema,
  subscribeSchema,
} from './session.js';

export * from './bridge.js';
export * from './common.js';
export * from './session.js';

/** Everything that a client or a bridge may send. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  identifySchema,
  subscribeSchema,
  requestSchema,
  cancelSchema,
  bridgeUpdateSchema,
  slotReportMessageSchema,
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** Everything that the daemon may send. */
export const daemonMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  identifiedSchema,
  progressSchema,
  replySchema,
  eventSchema,
  faultSchema,
  loadSlotSchema,
  clearSlotSchema,
]);
export type DaemonMessage = z.infer<typeof daemonMessageSchema>;
