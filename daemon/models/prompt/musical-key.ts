import { GrymError } from '../../kernel/index.js';

/** The scales of native/dsp (harmony.cpp) and the words that mean them. */
export const SCALES: Readonly<Record<string, string>> = {
  minor: 'minor',
  min: 'minor',
  m: 'minor',
  aeolian: 'minor',
  'natural minor': 'minor',
  major: 'major',
  maj: 'major',
  ionian: 'major',
  dorian: 'dorian',
  phrygian: 'phrygian',
  lydian: 'lydian',
  mixolydian: 'mixolydian',
  locrian: 'locrian',
  'harmonic minor': 'harmonic minor',
  'melodic minor': 'melodic minor',
  'minor pentatonic': 'minor pentatonic',
  'major pentatonic': 'major pentatonic',
  pentatonic: 'minor pentatonic',
  blues: 'blues',
};

export interface MusicalKey {
  /** Pitch class, C = 0. */
  readonly root: number;
  readonly scale: string;
  /** "F# dorian": as it is shown. */
  readonly name: string;
}

const PITCH_CLASSES: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SCALE_WORDS = Object.keys(SCALES)
  .filter((word) => word !== 'm')
  .sort((a, b) => b.length - a.length)
  .join('|');
const NOTE = '([A-Ga-g])(?:\\s?(#|♯|b|♭)|[\\s-](sharp|flat))?';

function keyOf(letter: string, accidental: string | undefined, scale: string): MusicalKey {
  const note = letter.toUpperCase();
  const shift = accidental === undefined || accidental === '' ? 0 : ['#', '♯', 'sharp'].includes(accidental.toLowerCase()) ? 1 : -1;
  const root = ((PITCH_CLASSES[note] ?? 0) + shift + 12) % 12;
  return { root, scale, name: `${note}${shift === 1 ? '#' : shift === -1 ? 'b' : ''} ${scale}` };
}

const scaleOf = (word: string): string => SCALES[word.toLowerCase().replaceAll(/[\s-]+/g, ' ')] ?? 'minor';

function unknownKey(key: string): GrymError {
  return new GrymError('GRYM_PROMPT_KEY_UNKNOWN', { key, scales: [...new Set(Object.values(SCALES))].join(', ') });
}

/** A key that stands alone: "A minor", "Am", "F#". Throws GRYM_PROMPT_KEY_UNKNOWN. */
export function parseKey(text: string): MusicalKey {
  const match = new RegExp(`^\\s*${NOTE}\\s*(?:(m)|[\\s-]*(${SCALE_WORDS}))?\\s*$`, 'i').exec(text);
  if (match === null) throw unknownKey(text.trim());
  const [, letter = 'A', sign, word, short, scale] = match;
  // "M" is not "m": CM is C major.
  if (short !== undefined) return keyOf(letter, sign ?? word, short === 'm' ? 'minor' : 'major');
  return keyOf(letter, sign ?? word, scale === undefined ? 'major' : scaleOf(scale));
}

export interface KeyFound {
  readonly key: MusicalKey;
  readonly text: string;
}

/**
 * The key that a prompt names. "a" is an article far more often than a note, so a lone letter counts only after "in" or
 * "key of", or as a capital with an accidental or a small m behind it. Throws where something is called a key and is none.
 */
export function findKey(prompt: string): KeyFound | null {
  const full = new RegExp(`(?<![\\w#♯♭])(?:(?:in|key of|key|key:)\\s+)?${NOTE}[\\s-]+(${SCALE_WORDS})(?!\\w)`, 'i').exec(prompt);
  if (full !== null) return { key: keyOf(full[1] ?? 'A', full[2] ?? full[3], scaleOf(full[4] ?? 'minor')), text: full[0] };
  const short = /(?<![\w#♯♭])(?:in\s+|key of\s+)?([A-G])(#|♯|b|♭)?(m(?:in|aj)?)(?![\w#♯♭])/.exec(prompt);
  if (short !== null) return { key: keyOf(short[1] ?? 'A', short[2], short[3] === 'maj' ? 'major' : 'minor'), text: short[0] };
  const called = /\bkey(?:\s+of|:|\s+is)\s+([^\s,.;]+(?:[\s-](?:sharp|flat))?(?:\s+[a-z]+)?)/i.exec(prompt);
  if (called !== null) {
    const words = (called[1] ?? '').split(/\s+/);
    const bare = new RegExp(`^${NOTE}$`, 'i').exec(words[0] ?? '');
    if (bare === null) throw unknownKey(called[1] ?? '');
    return { key: keyOf(bare[1] ?? 'A', bare[2] ?? bare[3], 'major'), text: called[0].replace(/\s+[a-z]+$/, '') };
  }
  const lone = /(?<![\w#♯♭])(?:(in)\s+)?([A-G])(#|♯|b|♭)?(?![\w#♯♭'])/.exec(prompt);
  if (lone !== null && (lone[1] !== undefined || lone[3] !== undefined))
    return { key: keyOf(lone[2] ?? 'A', lone[3], 'major'), text: lone[0] };
  const strange = new RegExp(`(?<![\\w#♯♭])([H-Z][#♯b♭]?)[\\s-]+(${SCALE_WORDS})(?!\\w)`).exec(prompt);
  if (strange !== null) throw unknownKey(strange[0]);
  return null;
}
