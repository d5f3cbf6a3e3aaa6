// What the provider asks of the runner.
import { z } from 'zod';

export const CLAP_TASKS = ['embed-text', 'embed-audio'] as const;
export type ClapTask = (typeof CLAP_TASKS)[number];

/** Of audio in one task; the provider sends longer audio in parts. */
export const MAXIMUM_PART_SECONDS = 60;
export const MAXIMUM_TEXTS = 64;
const MAXIMUM_CHARACTERS = 20_000;

const rate = z.number().min(1000).max(768_000);
const text = z
  .string()
  .max(MAXIMUM_CHARACTERS)
  .refine((value) => value.trim() !== '', 'expected a text that is not empty');

export const embedTextSchema = z.strictObject({ texts: z.array(text).min(1).max(MAXIMUM_TEXTS) });
export const embedAudioSchema = z.strictObject({ sampleRate: rate });

export const embedTextReplySchema = z.looseObject({ notices: z.array(z.string()) });
/** `windows`: that the sum is of; 0: nothing but silence. */
export const embedAudioReplySchema = z.looseObject({ windows: z.int().min(0) });
