import { z } from 'zod';
import { floatSamplesSchema } from './float-samples.js';

/** What native/dsp's render() takes. */
export interface RenderPlan {
  readonly instrument: string;
  readonly genre: string;
  readonly sampleRate: number;
  readonly tempoBpm: number;
  readonly bars: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly keyRoot: number;
  readonly scale: string;
  readonly loop: boolean;
  readonly seed: number;
  readonly moves: Readonly<Record<string, number>>;
}

export const renderedSchema = z.object({
  samples: floatSamplesSchema,
  frames: z.int().min(1),
  loudnessLufs: z.number().nullable(),
  peakDbtp: z.number(),
  limitedDb: z.number(),
  /** Peaks were rounded before the limiter, because they were too short and too high for it. */
  rounded: z.boolean(),
  events: z.int().min(0),
  /** Every parameter of the instrument with the value that was used. */
  parameters: z.record(z.string(), z.number()),
  /** The same before any word moved them. */
  defaults: z.record(z.string(), z.number()),
});
export type Rendered = z.infer<typeof renderedSchema>;
