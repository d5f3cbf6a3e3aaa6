import { z } from 'zod';

/** The words of the memory that a worker and the main thread share: [0] non-zero asks to stop, [1] progress in thousandths. */
export const CONTROL_BYTES = 8;
export const CANCEL_WORD = 0;
export const PROGRESS_WORD = 1;

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

export interface WorkerSettings {
  readonly modulePath: string;
}

export interface RenderOrder {
  readonly id: number;
  readonly plan: RenderPlan;
  readonly control: SharedArrayBuffer;
}

export const renderedSchema = z.object({
  samples: z.custom<Float32Array>(
    (value) => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float32Array]',
    'expected a Float32Array',
  ),
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

export const workerReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('module-missing'), reason: z.string() }),
  z.object({ kind: z.literal('rendered'), id: z.int(), result: renderedSchema }),
  z.object({ kind: z.literal('cancelled'), id: z.int() }),
  z.object({ kind: z.literal('failed'), id: z.int(), reason: z.string() }),
]);
export type WorkerReport = z.infer<typeof workerReportSchema>;
