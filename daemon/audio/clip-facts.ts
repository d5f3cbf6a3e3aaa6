import { z } from 'zod';
import { sampleRateSchema, tempoBpmSchema } from '../../protocol/index.js';

/** What is known of a clip and travels inside its file. Nothing here depends on when or where it was made. */
export const clipFactsSchema = z.strictObject({
  name: z.string().min(1).max(200).describe('Name for people'),
  prompt: z.string().max(10_000).describe('Words that it was made of; empty for recorded audio'),
  seed: z.int().describe('Seed that it was made with'),
  provider: z.string().max(100).describe('What made it'),
  providerVersion: z.string().max(100).describe('Version of what made it'),
  instrument: z.string().max(100).describe('Kind of sound'),
  sampleRate: sampleRateSchema.describe('Frames a second'),
  channels: z.int().min(1).max(2).describe('1 or 2'),
  frames: z.int().min(1).describe('Length in frames'),
  tempoBpm: tempoBpmSchema.describe('Tempo in beats (quarter notes) per minute'),
  metre: z
    .strictObject({
      numerator: z.int().min(1).max(64).describe('Beats in a bar'),
      denominator: z.int().min(1).max(64).describe('Kind of beat: 4 = quarter note'),
    })
    .describe('Metre'),
  bars: z.number().min(0).describe('Length in bars'),
  quarterNotes: z.number().min(0).max(65_536).describe('Length of the cycle in quarter notes'),
  key: z.string().max(40).nullable().describe('"A minor", "F# major", …; null where the clip has no key'),
  loop: z.boolean().describe('Whether it repeats; a one-shot ends by itself'),
  loudnessLufs: z.number().nullable().describe('Integrated loudness in LUFS; null for silence'),
  peakDbtp: z.number().nullable().describe('True peak in dBTP; null for silence'),
});
export type ClipFacts = z.infer<typeof clipFactsSchema>;

export const VERDICTS = ['undecided', 'kept', 'rejected'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A clip of the library. */
export interface Clip extends ClipFacts {
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly path: string;
  readonly verdict: Verdict;
  readonly createdAtMs: number;
  readonly decidedAtMs: number | null;
}

const PITCH_CLASSES: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

/** MIDI note of a key's root in the octave from C3 = 48, or null where the text does not begin with a note's name. */
export function rootNoteOf(key: string | null): number | null {
  const match = /^([A-Ga-g])([#♯b♭]?)/.exec(key ?? '');
  const pitchClass = PITCH_CLASSES[match?.[1]?.toUpperCase() ?? ''];
  if (match === null || pitchClass === undefined) return null;
  const accidental = match[2] === '' ? 0 : match[2] === '#' || match[2] === '♯' ? 1 : -1;
  return 48 + ((pitchClass + accidental + 12) % 12);
}
