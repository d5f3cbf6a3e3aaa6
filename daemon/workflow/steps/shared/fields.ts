import { z } from 'zod';
import { tempoBpmSchema } from '../../../../protocol/index.js';

/** A field that may be left out; null means the same, as an optional input of a workflow has it that was not given. */
export function optional<T extends z.ZodType>(field: T): z.ZodDefault<z.ZodNullable<T>> {
  // Zod's types know the default of the output; null is one of it.
  return field
    .nullable()
    .default(null as never)
    .describe(field.description ?? '');
}

/** Fields that several steps have, each with the same meaning everywhere. */
export const clipField = z
  .string()
  .regex(/^[0-9a-fA-F]{4,64}$/, 'expected a hash of a clip, or its first 4 or more characters')
  .describe('Clip of the library: its hash, or the first 4 or more characters of it');
export const clipOutput = z.string().describe('Hash of the clip in the library');
export const clipsField = z
  .array(clipField)
  .min(1)
  .max(64)
  .describe('Clips of the library, each by its hash or the first 4 or more characters of it');
export const tempoField = tempoBpmSchema.describe('Tempo in beats (quarter notes) per minute');
export const barsField = z.int().min(1).max(64).describe('Length in whole bars');
export const keyField = z.string().min(1).max(40).describe('Musical key, such as "A minor" or "F# dorian"');
export const seedField = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .describe('Seed of all chance: the same seed gives the same result');
export const strengthField = z.number().min(0).max(1).describe('How much is changed: 0 hardly, 1 much');
export const loudnessField = z.number().min(-60).max(0).describe('Integrated loudness in LUFS (EBU R128)');
export const nameField = z.string().trim().min(1).max(200).describe('Name of the resulting clip; else one that tells where it came from');
export const changesOutput = z.array(z.string()).describe('What was done to the audio, one sentence each');
export const tagField = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._#-]{0,59}$/u, 'expected a word or a few: letters, digits, spaces, . _ # -')
  .describe('A tag: a word or a few, in lower case');
export const tagsOutput = z.array(z.string()).describe('Tags, in order of the alphabet');

/** What diffusion models take; others leave it out of account and say so. */
export const diffusionFields = {
  negativePrompt: z.string().max(2_000).optional().describe('What it should not sound like; for models'),
  guidance: z.number().min(0).max(50).optional().describe('How closely a diffusion model follows the words: up to 1 not, 2.5 usual'),
  steps: z.int().min(1).max(1_000).optional().describe('Steps of a diffusion model: more take longer and are cleaner; else its own'),
  eta: z.number().min(0).max(1).optional().describe('Chance in each step of a diffusion model: 0 none … 1 as in training'),
};
