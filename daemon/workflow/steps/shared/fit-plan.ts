import type { Clip, Estimate, FitPlan } from '../../../audio/index.js';
import { GrymError, isGrymError } from '../../../kernel/index.js';
import { parseKey, type MusicalKey } from '../../../models/index.js';

export interface FitTargets {
  readonly tempoBpm: number | null;
  readonly sourceTempoBpm: number | null;
  readonly key: string | null;
  readonly bars: number | null;
  readonly loudnessLufs: number | null;
  readonly ceilingDbtp: number;
  readonly seamlessLoop: boolean;
}

export interface PlannedFit {
  /** Null: there is nothing to do. */
  readonly plan: FitPlan | null;
  readonly target: { tempoBpm: number; bars: number; quarterNotes: number; key: string | null; semitones: number };
  readonly notes: string[];
}

/** A stretch beyond that is another sound, not another tempo. */
const LARGEST_STRETCH = 4;
const BELIEVED_CONFIDENCE = 0.3;
const LOUD_ENOUGH_LU = 0.1;

/** What the workshop is to do for the targets, by the clip's facts. Throws GRYM_FIT_IMPOSSIBLE. */
export function planFit(clip: Clip, targets: FitTargets, measuredKey: Estimate<string> | null): PlannedFit {
  const notes: string[] = [];
  const sourceTempoBpm = targets.sourceTempoBpm ?? clip.tempoBpm;
  const tempoBpm = targets.tempoBpm ?? sourceTempoBpm;
  const stretch = sourceTempoBpm / tempoBpm;
  if (stretch > LARGEST_STRETCH || stretch < 1 / LARGEST_STRETCH) {
    throw impossible(clip, `from ${sourceTempoBpm} to ${tempoBpm} bpm it would be stretched more than ${LARGEST_STRETCH} times`);
  }
  const stretched = Math.abs(stretch - 1) > 1e-6;
  // With another tempo of the source the same samples are another number of beats.
  const sourceQuarters = targets.sourceTempoBpm === null ? clip.quarterNotes : ((clip.frames / clip.sampleRate) * sourceTempoBpm) / 60;
  const quartersPerBar = (4 * clip.metre.numerator) / clip.metre.denominator;
  const quarterNotes = targets.bars === null ? sourceQuarters : targets.bars * quartersPerBar;
  const framesOf = (quarters: number): number => Math.round(((quarters * 60) / tempoBpm) * clip.sampleRate);
  // A stretched loop keeps its whole number of beats to the frame; anything else ends where the stretch ends.
  const targetFrames = targets.bars !== null || (clip.loop && stretched) ? framesOf(quarterNotes) : undefined;
  const { semitones, key } = transposition(clip, targets.key, measuredKey, notes);
  const louder = targets.loudnessLufs !== null && Math.abs(targets.loudnessLufs - (clip.loudnessLufs ?? -Infinity)) > LOUD_ENOUGH_LU;
  const target = { tempoBpm, quarterNotes, bars: quarterNotes / quartersPerBar, key, semitones };
  const resized = targetFrames !== undefined && targetFrames !== clip.frames;
  if (!stretched && !resized && semitones === 0 && !louder && !targets.seamlessLoop) return { plan: null, target, notes };
  const plan: FitPlan = {
    ...(stretched && { sourceTempoBpm, targetTempoBpm: tempoBpm }),
    ...(semitones !== 0 && { semitones }),
    ...(targetFrames !== undefined && { targetFrames }),
    ...(targets.loudnessLufs !== null && { targetLoudnessLufs: targets.loudnessLufs }),
    ...(targets.seamlessLoop && { seamlessLoop: true }),
    ceilingDbtp: targets.ceilingDbtp,
  };
  return { plan, target, notes };
}

function transposition(
  clip: Clip,
  wanted: string | null,
  measured: Estimate<string> | null,
  notes: string[],
): { semitones: number; key: string | null } {
  if (wanted === null) return { semitones: 0, key: clip.key };
  const source = clip.key ?? (measured !== null && measured.confidence >= BELIEVED_CONFIDENCE ? measured.value : null);
  if (source === null) {
    notes.push('It has no key that could be told, so it was not transposed.');
    return { semitones: 0, key: null };
  }
  if (clip.key === null && measured !== null)
    notes.push(`Its key was measured as ${source} (confidence ${measured.confidence.toFixed(2)}).`);
  const from = keyOf(clip, source);
  const to = keyOf(clip, wanted);
  const semitones = nearestSemitones(from, to);
  const sameScale = from.scale === to.scale;
  if (!sameScale)
    notes.push(
      `${from.name} and ${to.name} are of different scales: it was brought to the notes that ${to.name} has, as far as moving all of it by the same amount can.`,
    );
  return { semitones, key: sameScale ? to.name : wanted };
}

function keyOf(clip: Clip, text: string): MusicalKey {
  try {
    return parseKey(text);
  } catch (error) {
    if (isGrymError(error, 'GRYM_PROMPT_KEY_UNKNOWN')) throw impossible(clip, `there is no key "${text}"`, error);
    throw error;
  }
}

function impossible(clip: Clip, reason: string, cause?: unknown): GrymError {
  return new GrymError('GRYM_FIT_IMPOSSIBLE', { clip: clip.hash.slice(0, 12), reason }, { cause });
}

/** Semitones from a scale's root up to the root of the major scale with the same notes; pentatonics and blues count as the scale they are a part of. */
const TO_RELATIVE_MAJOR: Readonly<Record<string, number>> = {
  major: 0,
  'major pentatonic': 0,
  dorian: -2,
  phrygian: -4,
  lydian: -5,
  mixolydian: -7,
  minor: 3,
  'harmonic minor': 3,
  'melodic minor': 3,
  'minor pentatonic': 3,
  blues: 3,
  locrian: 1,
};

/** Pitch class of the major scale with a key's notes. */
export const relativeMajor = ({ root, scale }: MusicalKey): number => (((root + (TO_RELATIVE_MAJOR[scale] ?? 0)) % 12) + 12) % 12;

/** The shortest way, −6 … 5: of two of the same length the one down, which does less harm to voices and drums. */
export function nearestSemitones(from: MusicalKey, to: MusicalKey): number {
  const up = from.scale === to.scale ? to.root - from.root : relativeMajor(to) - relativeMajor(from);
  return ((((up + 6) % 12) + 12) % 12) - 6;
}
