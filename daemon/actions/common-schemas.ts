import { z } from 'zod';
import { clipFactsSchema, VERDICTS, type Clip } from '../audio/index.js';
import { sha256Schema, slotIndexSchema } from '../../protocol/index.js';

export const bridgeParameter = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('Name or id of a bridge; not needed where only one is connected')
  .meta({ valuesFrom: 'bridges' });

export const slotParameter = slotIndexSchema.describe('Slot 0 to 15 (MIDI notes 36 to 51)');

export const clipParameter = z
  .string()
  .min(1)
  .max(64)
  .describe('Hash of a clip, or its first 4 or more characters')
  .meta({ valuesFrom: 'clips' });

export const clipSchema = clipFactsSchema.extend({
  hash: sha256Schema,
  path: z.string(),
  verdict: z.enum(VERDICTS),
  createdAtMs: z.number(),
  decidedAtMs: z.number().nullable(),
  durationSeconds: z.number(),
});
export type ClipResult = z.infer<typeof clipSchema>;

export function clipResult(clip: Clip): ClipResult {
  return { ...clip, durationSeconds: clip.frames / clip.sampleRate };
}

export const slotPlaceSchema = z.strictObject({ bridgeId: z.string(), bridge: z.string(), slot: slotIndexSchema });
