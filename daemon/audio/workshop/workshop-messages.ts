// What the workshop's functions in native/dsp take and give. What comes back is checked as everything that crosses a boundary.
import { z } from 'zod';
import { floatSamplesSchema } from './float-samples.js';
import type { ExportFormat } from './types.js';

export interface SamplesOrder {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly channels: number;
}

const share = z.number().min(0).max(1);
const seconds = z.number().min(0);

export const analysedSchema = z.object({
  durationSeconds: seconds,
  tempoBpm: z.object({ value: z.number().positive(), confidence: share }).nullable(),
  beatSeconds: z.array(seconds),
  onsetSeconds: z.array(seconds),
  onsetsPerSecond: z.number().min(0),
  key: z.object({ value: z.string().min(1), confidence: share }).nullable(),
  chords: z.array(z.object({ startSeconds: seconds, endSeconds: seconds, chord: z.string().min(1), confidence: share })),
  loudnessLufs: z.number().nullable(),
  peakDbtp: z.number().nullable(),
  brightnessHz: z.number().min(0).nullable(),
  spectralBalance: z.object({ sub: share, low: share, middle: share, presence: share, air: share }).nullable(),
  spectralFlatness: share.nullable(),
  harmonicShare: share.nullable(),
  stereoWidth: share.nullable(),
  descriptors: z.array(z.number()),
});
export type Analysed = z.infer<typeof analysedSchema>;

export interface FitOrder extends SamplesOrder {
  /** Speed of the result against the source: 2 is twice as fast. */
  readonly tempoRatio: number;
  readonly semitones: number;
  /** 0: as long as it comes out. */
  readonly targetFrames: number;
  readonly targetLoudnessLufs: number | null;
  readonly ceilingDbtp: number;
  readonly seamlessLoop: boolean;
}

export const fittedSchema = z.object({
  samples: floatSamplesSchema,
  loudnessLufs: z.number().nullable(),
  peakDbtp: z.number().nullable(),
  changes: z.array(z.string()),
});
export type Fitted = z.infer<typeof fittedSchema>;

export interface VaryOrder extends SamplesOrder {
  readonly seed: number;
  readonly strength: number;
  /** Frames, ascending. */
  readonly cuts: Float64Array;
  readonly targetFrames: number;
  readonly kind: 'vary' | 'continue';
}

export const variedSchema = z.object({ samples: floatSamplesSchema, changes: z.array(z.string()) });
export type Varied = z.infer<typeof variedSchema>;

export interface ResampleOrder extends SamplesOrder {
  readonly targetRate: number;
}

export const resampledSchema = z.object({ samples: floatSamplesSchema });
export type Resampled = z.infer<typeof resampledSchema>;

export interface DecodeOrder {
  readonly path: string;
}

export const decodedSchema = z.object({
  samples: floatSamplesSchema,
  sampleRate: z.int().positive(),
  channels: z.int().min(1).max(2),
  format: z.string().min(1),
  tags: z.record(z.string(), z.string()),
  notices: z.array(z.string()),
});
export type Decoded = z.infer<typeof decodedSchema>;

export interface DecodePartOrder extends DecodeOrder {
  readonly startFrame: number;
  readonly frames: number;
}

export const decodedPartSchema = decodedSchema.extend({ totalFrames: z.int().positive() });
export type DecodedPart = z.infer<typeof decodedPartSchema>;

export interface EncodeOrder extends SamplesOrder {
  /** A name beside the file's own; the caller moves it there. */
  readonly path: string;
  readonly format: ExportFormat;
  readonly tags: Readonly<Record<string, string>>;
}

export const encodedSchema = z.object({ bytes: z.int().positive(), clippedSamples: z.int().min(0) });
export type Encoded = z.infer<typeof encodedSchema>;
