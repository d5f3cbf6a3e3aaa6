// What the provider asks of the runner, a piece of audio at a time.
import { z } from 'zod';

/** `level`: what the whole is normalised by; `features`: the sum of hidden states; `transcribe`: runs of tokens. */
export const WAV2VEC2_TASKS = ['level', 'features', 'transcribe'] as const;
export type Wav2Vec2Task = (typeof WAV2VEC2_TASKS)[number];

/** Attention takes memory by the square of the length: a minute of audio is 3,000 frames. */
export const MAXIMUM_PIECE_SECONDS = 60;

export const pieceSchema = z.strictObject({
  sampleRate: z.number().min(1000).max(768_000),
  /** At the beginning of the piece: heard, but not told of. */
  skipSeconds: z.number().min(0).max(MAXIMUM_PIECE_SECONDS).default(0),
  /** Behind that: what is told of; null: all the rest. */
  keepSeconds: z.number().min(0).max(MAXIMUM_PIECE_SECONDS).nullable().default(null),
  /** Of the whole audio that this is a piece of; null: of the piece. */
  level: z
    .strictObject({ mean: z.number(), variance: z.number().min(0) })
    .nullable()
    .default(null),
});
export type PieceParameters = z.output<typeof pieceSchema>;

export const levelReplySchema = z.looseObject({
  samples: z.int().min(0),
  mean: z.number(),
  variance: z.number().min(0),
  peak: z.number().min(0),
});

export const featuresReplySchema = z.looseObject({ frames: z.int().min(0), peak: z.number().min(0) });

export const transcribeReplySchema = z.looseObject({
  frameSeconds: z.number().positive(),
  runs: z.array(z.strictObject({ text: z.string(), startSeconds: z.number().min(0), endSeconds: z.number().min(0) })),
});
