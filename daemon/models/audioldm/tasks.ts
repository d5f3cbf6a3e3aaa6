import { z } from 'zod';
import { GrymError, type JsonObject } from '../../kernel/index.js';

/** What a host makes at most in one task, whatever it is asked: memory grows with it. */
export const MOST_SECONDS = 120;
export const MOST_CANDIDATES = 16;

const outputSchema = z.strictObject({
  sampleRate: z.number().min(4000).max(768_000),
  frames: z
    .int()
    .min(1)
    .max(2 ** 27),
});

const common = {
  prompt: z.string().max(10_000),
  negativePrompt: z.string().max(10_000).default(''),
  /** Candidate i has the noise of seed + i alone. */
  seed: z.int(),
  steps: z.int().min(1).max(1000).default(10),
  /** Up to 1: not guided, and the negative prompt counts for nothing. */
  guidanceScale: z.number().min(0).max(100).default(2.5),
  /** 0: the noise at the start decides all; 1: as much new noise at each step as in training. */
  eta: z.number().min(0).max(1).default(0),
  candidates: z.int().min(1).max(MOST_CANDIDATES).default(1),
  /** 0: none. Each costs a run of the decoder. */
  previewEverySteps: z.int().min(0).default(0),
  /** Interleaved stereo in the tensor `audio`; without it mono at the model's rate in `waveform`. */
  output: outputSchema.optional(),
};

const seconds = z.number().positive().max(MOST_SECONDS);
const sourceRate = z.number().min(4000).max(768_000);

/** Parameters of each task; those with a source take it in the tensor `source`. */
export const TASKS = {
  generate: z.strictObject({ ...common, seconds }),
  'from-audio': z.strictObject({
    ...common,
    sourceRate,
    /** Share of the steps that the noise over the source is worth. */
    strength: z.number().min(0).max(1),
    /** Default: as long as the source. */
    seconds: seconds.optional(),
  }),
  inpaint: z
    .strictObject({
      ...common,
      sourceRate,
      fromSeconds: z.number().min(0),
      /** Beyond the end of the source: it is continued. */
      toSeconds: z.number().positive(),
      /** What the model hears of the source before and after the new part. */
      contextSeconds: z.number().min(0).max(MOST_SECONDS).default(5),
    })
    .refine(({ fromSeconds, toSeconds }) => fromSeconds < toSeconds, { path: ['toSeconds'], error: 'expected more than fromSeconds' }),
  probe: z.strictObject({}),
} as const;

export type TaskName = keyof typeof TASKS;
export type TaskParams<Name extends TaskName> = z.output<(typeof TASKS)[Name]>;
export type GenerateParams = TaskParams<'generate'>;

/** What a task with audio answers, beside its tensors. */
export const audioResultSchema = z.strictObject({
  /** Of the model's own output, and its length. */
  sampleRate: z.number(),
  samples: z.int(),
  rows: z.int(),
  candidates: z.int(),
  /** Where it begins in the source, where it is a part of it; else 0. */
  fromSeconds: z.number(),
  /** That were taken. */
  steps: z.int(),
  guided: z.boolean(),
  /** One sentence each. */
  warnings: z.array(z.string()),
});
export type AudioResult = z.output<typeof audioResultSchema>;

export function readParams<Name extends TaskName>(task: Name, params: JsonObject): TaskParams<Name> {
  const parsed = TASKS[task].safeParse(params);
  if (parsed.success) return parsed.data as TaskParams<Name>;
  const [issue] = parsed.error.issues;
  const reason = `${task}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`;
  throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: 'AudioLDM', reason });
}
