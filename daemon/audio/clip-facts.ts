import { z } from 'zod';
import { sampleRateSchema, tempoBpmSchema } from '../../protocol/index.js';

/** What is known of a clip and travels inside its file. Nothing here depends on when or where it was made. */
export const clipFactsSchema = z.strictObject({
  name: z.string().min(1).max(200),
  prompt: z.string().max(10_000),
  seed: z.int(),
  provider: z.string().max(100),
  providerVersion: z.string().max(100),
  instrument: z.string().max(100),
  sampleRate: sampleRateSchema,
  channels: z.int().min(1).max(2),
  frames: z.int().min(1),
  tempoBpm: tempoBpmSchema,
  metre: z.strictObject({ numerator: z.int().min(1).max(64), denominator: z.int().min(1).max(64) }),
  bars: z.number().min(0),
  /** Length of the cycle in quarter notes. */
  quarterNotes: z.number().min(0).max(65_536),
  /** "A minor", "F# major", …; null where the clip has no key. */
  key: z.string().max(40).nullable(),
  loop: z.boolean(),
  loudnessLufs: z.number().nullable(),
  peakDbtp: z.number().nullable(),
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
