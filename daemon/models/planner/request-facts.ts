import { parseKey } from '../prompt/index.js';
import type { PlanFacts } from '../plan.js';
import { englishOf } from './german.js';
import { findInstrument } from './request-instrument.js';
import { figuresOf } from './number-words.js';

/** What the words of a request state. */
export interface RequestFacts extends PlanFacts {
  /** Bars that were played already, where the request names them beside the bars of the result: "answer the last 4 bars with 2". */
  readonly heardBars: number | null;
  /** The request in English, with number words as figures: what patterns look at. */
  readonly text: string;
}

const SCALES: Readonly<Record<string, string>> = {
  ...{
    minor: 'minor',
    min: 'minor',
    m: 'minor',
    aeolian: 'minor',
    'natural minor': 'minor',
    major: 'major',
    maj: 'major',
    ionian: 'major',
  },
  ...{ dorian: 'dorian', dor: 'dorian', phrygian: 'phrygian', phryg: 'phrygian', lydian: 'lydian', lyd: 'lydian' },
  ...{ mixolydian: 'mixolydian', mixo: 'mixolydian', locrian: 'locrian', blues: 'blues' },
  ...{ 'harmonic minor': 'harmonic minor', 'harm minor': 'harmonic minor', 'melodic minor': 'melodic minor' },
  ...{ 'minor pentatonic': 'minor pentatonic', 'major pentatonic': 'major pentatonic', pentatonic: 'minor pentatonic' },
};
const SCALE = Object.keys(SCALES)
  .filter((word) => word.length > 1)
  .sort((one, other) => other.length - one.length)
  .join('|')
  .replaceAll(' ', '[\\s-]+');
const SIGN = '(?:\\s?(?<sign>[#♯♭])|(?<flat>b)(?![a-z])|[\\s-](?<word>sharp|flat))?';
/** "a minor change" is none in A minor. */
const DEGREES =
  'variations?|changes?|tweaks?|edits?|adjustments?|differences?|details?|fix(?:es)?|issues?|problems?|things?|touch(?:es)?|twists?|alterations?|modifications?|hurry|upgrade|overhaul|rework|update';

const KEY_PATTERNS: readonly RegExp[] = [
  // F sharp dorian, a-minor, Bb major.
  new RegExp(`(?<![\\w#♯♭'])(?<note>[a-g])${SIGN}[\\s-]+(?<scale>${SCALE})(?![\\w-]|\\s+(?:${DEGREES})\\b)`, 'iu'),
  // Am, F#m, Ebmaj; in lower case only with more than one letter to tell it by.
  /(?<![\w#♯♭'])(?<note>[A-G])(?<sign>[#♯♭b])?(?<scale>min|maj|m)(?![\w#♯♭'])/u,
  /(?<![\w#♯♭'])(?<note>[a-g])(?:(?<sign>[#♯♭b])(?<scale>min|maj|m)|(?<scale2>min|maj))(?![\w#♯♭'])/u,
  // Called a key.
  new RegExp(`\\bkey(?:\\s+of|\\s*[:=]|\\s+is)?\\s+(?<note>[a-g])${SIGN}(?![\\w'])`, 'iu'),
  // In D, in b flat; "in a" is an article.
  new RegExp(
    `\\bin\\s+(?<note>[A-G]|[b-g](?=\\s*(?:[,.;)]|$|[\\s-](?:sharp|flat)\\b)))${SIGN.replace('(?<flat>b)', '(?<flat>b)')}(?![\\w'’-])`,
    'u',
  ),
  // Bb, F sharp.
  /(?<![\w#♯♭'])(?<note>[A-G])(?:(?<sign>[#♯♭b])|[\s-](?<word>sharp|flat))(?![\w#♯♭'-])/u,
];

function readKey(text: string): string | null {
  for (const pattern of KEY_PATTERNS) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    const { note = '', sign = groups['flat'], word = '', scale = groups['scale2'] ?? 'major' } = groups;
    const accidental = /[#♯]/u.test(sign ?? '') || word.toLowerCase() === 'sharp' ? '#' : sign !== undefined || word !== '' ? 'b' : '';
    return parseKey(`${note.toUpperCase()}${accidental} ${SCALES[scale.toLowerCase().replaceAll(/[\s-]+/g, ' ')] ?? 'major'}`).name;
  }
  return null;
}

const NAMED_METRES: readonly (readonly [RegExp, string])[] = [
  [/\bwaltz(?:es)?\b/i, '3/4'],
  [/\bcommon time\b/i, '4/4'],
  [/\bcut time\b|\balla breve\b/i, '2/2'],
];
const METRE = /(?<![\d/.])(\d{1,2})\s?\/\s?(1|2|4|8|16|32)(?![\d/])/;
/** Said without a stroke: "in 7 8", "5-4 time". */
const SPOKEN_METRE =
  /\bin\s(?:a\s)?(\d{1,2})[\s-](4|8|16)\b(?![\s-]*(?:bars?|measures?|bpm)\b)|\b(\d{1,2})[\s-](4|8|16)\s(?:time|metre|meter|feel|signature)\b|\b(3|5|6|7|9|11|12|13|15)-(4|8)\b(?![\s-]*(?:bars?|measures?|bpm|takes|versions)\b)/i;

function readMetre(text: string): string | null {
  const spoken = SPOKEN_METRE.exec(text);
  const [, numerator = spoken?.[1] ?? spoken?.[3] ?? spoken?.[5], denominator = spoken?.[2] ?? spoken?.[4] ?? spoken?.[6]] =
    METRE.exec(text) ?? [];
  if (numerator !== undefined && denominator !== undefined && Number(numerator) >= 1 && Number(numerator) <= 64)
    return `${numerator}/${denominator}`;
  return NAMED_METRES.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

const NUMBER = '(\\d{1,3}(?:[.,]\\d{1,3})?)';
const TEMPO_PATTERNS: readonly RegExp[] = [
  new RegExp(
    `(?<![\\d.,-])${NUMBER}\\s*-?\\s*(?:ish\\s*)?(?:bpm|b\\.p\\.m|beats?\\s+(?:per|a)\\s+minute|quarters?(?:\\s+notes?)?\\s+(?:per|a)\\s+minute)\\b`,
    'i',
  ),
  new RegExp(`\\bbpm\\s*(?:of|is|at|:|=)?\\s*${NUMBER}(?![\\d/])`, 'i'),
  new RegExp(`\\btempo(?:\\s+(?:of|is|at|to|around|about))?\\s*[:=]?\\s*${NUMBER}(?![\\d/])`, 'i'),
  new RegExp(`(?:@|♩\\s*=|crotchet\\s*=)\\s*${NUMBER}(?![\\d/])`, 'i'),
];
/** What a figure belongs to that is no tempo. */
const UNITS =
  '(?=\\s*$|[\\s,;.!?)])(?!\\s*-?(?:bars?|measures?|beats?|seconds?|secs?|minutes?|mins?|ms|k?hz|db|lufs|percent|semitones?|cents?|steps?|versions?|takes?|candidates?|ideas?|options?|variations?|voices?|notes?|times|loops?|hits?|clips?)\\b)';
const CUED_TEMPO = new RegExp(`\\b(?:at|around|about|roughly|to|on|sits?|runs?|goes)\\s+(?:about\\s+|around\\s+)?${NUMBER}${UNITS}`, 'i');
const LONE_TEMPO = new RegExp(
  `(?<![\\w./#-]|\\b(?:slot|bar|track|channel|scene|take|version|juno|jupiter|tr|sh|dx|mpc|sp|op|prophet|opus|number|no|page)\\s)${NUMBER}${UNITS}`,
  'gi',
);
/** Machines that are called by a number. */
const MACHINES: ReadonlySet<string> = new Set(['101', '106', '202', '303', '404', '505', '606', '626', '707', '727', '808', '909']);

function tempoIn(match: RegExpExecArray | null): number | null {
  const tempo = match === null ? Number.NaN : Number((match[1] ?? '').replace(',', '.'));
  return tempo >= 20 && tempo <= 400 ? tempo : null;
}

function readTempo(text: string): number | null {
  for (const pattern of TEMPO_PATTERNS) {
    const tempo = tempoIn(pattern.exec(text));
    if (tempo !== null) return tempo;
  }
  const cued = tempoIn(CUED_TEMPO.exec(text));
  if (cued !== null && cued >= 40) return cued;
  for (const match of text.matchAll(LONE_TEMPO)) {
    const tempo = tempoIn(match);
    if (tempo !== null && tempo >= 50 && tempo <= 250 && !MACHINES.has(match[1] ?? '') && !/\.\d$/.test(match[0])) return tempo;
  }
  return null;
}

const BARS =
  /(?<!\b(?:last|previous|past|latest)\s)(?<![\d/.])(\d{1,3})\s*-?\s*(?:(?:more|extra|further|additional|empty|whole|full|new|other)\s+)?(?:bars?|measures?)\b(?!\s+(?:before|ago)\b)/i;
const HEARD_BARS = /\b(?:last|previous|past|latest)\s+(\d{1,3})\s*-?\s*(?:bars?|measures?)\b/i;

function barsIn(pattern: RegExp, text: string): number | null {
  const bars = Number(pattern.exec(text)?.[1]);
  return Number.isInteger(bars) && bars >= 1 ? bars : null;
}

/** Later words that take back earlier ones: "one bar … no, make it 4 bars". */
const CORRECTION = /\b(?:no,|wait,|actually|scratch that|make (?:it|that)|or rather|i mean)\s/i;

/** Reads what a request states of tempo, key, metre, length and instrument; null where it says nothing of it. */
export function readRequest(request: string): RequestFacts {
  const text = figuresOf(englishOf(request.replaceAll('’', "'")));
  const correction = CORRECTION.exec(text);
  // "Make it 4 bars" at the very beginning corrects nothing.
  const parts =
    correction === null || correction.index < 3
      ? [text]
      : [text.slice(correction.index + correction[0].length), text.slice(0, correction.index)];
  const first = <T>(read: (part: string) => T | null): T | null => parts.reduce<T | null>((found, part) => found ?? read(part), null);
  const heard = first((part) => barsIn(HEARD_BARS, part));
  const bars = first((part) => barsIn(BARS, part));
  return {
    tempoBpm: first(readTempo),
    key: first(readKey),
    metre: first(readMetre),
    bars: bars ?? heard,
    heardBars: bars === null ? null : heard,
    instrument: first(findInstrument),
    text,
  };
}
