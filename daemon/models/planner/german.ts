/** German words of requests, and the English ones that stand for the same. */
const NOTES: Readonly<Record<string, string>> = {
  ...{ c: 'C', d: 'D', e: 'E', f: 'F', g: 'G', a: 'A', h: 'B', b: 'Bb' },
  ...{ cis: 'C#', dis: 'D#', fis: 'F#', gis: 'G#', ais: 'A#', des: 'Db', es: 'Eb', ges: 'Gb', as: 'Ab' },
};
const KEY = new RegExp(`(?<![\\p{L}\\d])(${Object.keys(NOTES).join('|')})[\\s-]?(moll|dur)(?![\\p{L}])`, 'giu');

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\d\s?\/\s?\d{1,2})[\s-]?takte?\b/giu, ' time'],
  [/\bdreivierteltakt\b/giu, '3/4 time'],
  [/(?<=\b(?:drei|fünf|sechs|sieben|neun|zwölf|\d{1,2}))[\s-]?achtel(?:takt)?\b/giu, '/8 time'],
  [/(?<=\b(?:zwei|drei|vier|fünf|sechs|sieben|\d{1,2}))[\s-]?viertel(?:takt)?\b/giu, '/4 time'],
  [/\btakte?n?\b/giu, 'bars'],
  [/\bschläge pro minute\b/giu, 'bpm'],
  [/\bbass-?(?:linie|lauf)\b/giu, 'bassline'],
  [/\bschlagzeug\b/giu, 'drums'],
  [/\b(?:klavier|flügel)\b/giu, 'piano'],
  [/\b(?:streicher)\b/giu, 'strings'],
  [/\bfläche\b/giu, 'pad'],
  [/\bglocken?\b/giu, 'bells'],
  [/\bletzten\b/giu, 'last'],
  [/\bvariier(?:e|en)?\b/giu, 'vary'],
  [/\b(?:antworte|beantworte)\b/giu, 'answer'],
  [/\b(?:spiel|mach) weiter\b|\bsetze? fort\b/giu, 'continue'],
  [/\bfülle? die lücke\b/giu, 'fill the gap'],
  [/\bwas ich gespielt habe\b/giu, 'what i played'],
];

/** The request with its German words of music in English; other words stay. */
export function englishOf(text: string): string {
  const keys = text.replaceAll(
    KEY,
    (_all, note: string, scale: string) => `${NOTES[note.toLowerCase()] ?? note} ${/moll/i.test(scale) ? 'minor' : 'major'}`,
  );
  return WORDS.reduce((result, [pattern, word]) => result.replaceAll(pattern, word), keys);
}
