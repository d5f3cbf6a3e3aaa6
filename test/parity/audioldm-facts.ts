import { z } from 'zod';
import type { Reference } from './reference.js';

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);

const factsSchema = z.looseObject({
  prompt: texts,
  negative_prompt: texts.nullish(),
  num_inference_steps: z.int().positive(),
  guidance_scale: z.number().default(1),
  eta: z.number().min(0).default(0),
  seconds: z.number().positive().optional(),
  a2a_strength: z.number().min(0).max(1).optional(),
  eta_run: z.number().min(0).optional(),
});

/** The run that the reference tensors are of. Null: the manifest does not say. */
export interface AudioLdmFacts {
  readonly prompts: readonly string[];
  /** As many as prompts. */
  readonly negatives: readonly string[];
  readonly steps: number;
  readonly guidanceScale: number;
  readonly eta: number;
  readonly seconds: number | null;
  readonly strength: number | null;
  readonly etaRun: number | null;
}

export function readAudioLdmFacts({ facts }: Reference): AudioLdmFacts {
  const read = factsSchema.parse(facts);
  const negatives = read.negative_prompt ?? [''];
  return {
    prompts: read.prompt,
    negatives: read.prompt.map((_, index) => negatives[index] ?? negatives[0] ?? ''),
    steps: read.num_inference_steps,
    guidanceScale: read.guidance_scale,
    eta: read.eta,
    seconds: read.seconds ?? null,
    strength: read.a2a_strength ?? null,
    etaRun: read.eta_run ?? null,
  };
}
