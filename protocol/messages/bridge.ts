import { z } from 'zod';
import {
  bridgeIdSchema,
  counterSchema,
  revisionSchema,
  sampleRateSchema,
  sha256Schema,
  slotIndexSchema,
  SLOT_COUNT,
  tempoBpmSchema,
} from './common.js';

/** The shared-memory segment of a bridge, as its owner (the plugin) names it. */
export const segmentFactsSchema = z.strictObject({
  /** POSIX name for shm_open, with the leading slash. */
  name: z.string().regex(/^\/grym-[0-9a-f]{32}$/),
  bytes: counterSchema,
  /** Epoch of the sample rate: a new segment of the same bridge has a higher one. */
  generation: counterSchema,
  /** Length of the capture ring in frames; 0 where there was no room for a capture. */
  captureFrames: counterSchema,
});
export type SegmentFacts = z.infer<typeof segmentFactsSchema>;

/** Whether a clip is in a slot; whether it sounds is an event. */
export const slotStateSchema = z.enum(['empty', 'loading', 'ready', 'failed']);
/** What stands in one slot. */
export const slotReportSchema = z.strictObject({
  slot: slotIndexSchema,
  state: slotStateSchema,
  hash: sha256Schema.nullable(),
  /** The revision of the change that put the slot into this state; 0 = from the project. */
  revision: revisionSchema,
  /** Why a slot is `failed`: one sentence for the user. */
  problem: z.string().max(500).nullable(),
});
export type SlotReport = z.infer<typeof slotReportSchema>;

/** The plugin format in which the host has loaded the bridge. */
export const pluginFormatSchema = z.enum(['lv2', 'vst3', 'clap', 'jack', 'unknown']);

/** Everything that the daemon has to know of a bridge. */
export const bridgeFactsSchema = z.strictObject({
  bridgeId: bridgeIdSchema,
  pluginFormat: pluginFormatSchema,
  pluginVersion: z.string().max(64),
  /** The host program's name, empty where the format does not tell. */
  host: z.string().max(200),
  /** The track's name, empty where the format does not tell. */
  track: z.string().max(200),
  processId: counterSchema,
  sampleRate: sampleRateSchema,
  /** Largest block the host announced, in frames. */
  maximumBlock: z.int().min(1).max(1_048_576),
  inputChannels: z.int().min(0).max(64),
  outputChannels: z.int().min(0).max(64),
  segment: segmentFactsSchema.nullable(),
  /** Why there is no segment or a shorter capture than asked for; null where all is well. */
  segmentProblem: z.string().max(500).nullable(),
  slots: z.array(slotReportSchema).max(SLOT_COUNT),
});
export type BridgeFacts = z.infer<typeof bridgeFactsSchema>;

/** What a bridge needs to load and play a clip. */
export const clipReferenceSchema = z.strictObject({
  hash: sha256Schema,
  /** Absolute path of the file on this computer. */
  path: z.string().min(1).max(4096),
  name: z.string().max(200),
  sampleRate: sampleRateSchema,
  channels: z.int().min(1).max(2),
  frames: counterSchema,
  tempoBpm: tempoBpmSchema,
  /** Length of the cycle in quarter notes. */
  quarterNotes: z.number().min(0).max(65_536),
  /** Whether the clip repeats; a one-shot ends by itself. */
  loop: z.boolean(),
});
export type ClipReference = z.infer<typeof clipReferenceSchema>;

/** Daemon → bridge: put this clip into a slot. Answered by a `slot-report`. */
export const loadSlotSchema = z.strictObject({
  type: z.literal('load-slot'),
  slot: slotIndexSchema,
  revision: revisionSchema,
  clip: clipReferenceSchema,
});
/** Daemon → bridge: empty a slot. Answered by a `slot-report`. */
export const clearSlotSchema = z.strictObject({
  type: z.literal('clear-slot'),
  slot: slotIndexSchema,
  revision: revisionSchema,
});
/** Bridge → daemon: the facts have changed (sample rate, block size, segment, track). */
export const bridgeUpdateSchema = z.strictObject({
  type: z.literal('bridge-update'),
  bridge: bridgeFactsSchema,
});
/** Bridge → daemon: these slots have changed. */
export const slotReportMessageSchema = z.strictObject({
  type: z.literal('slot-report'),
  slots: z.array(slotReportSchema).max(SLOT_COUNT),
});
