import { GENRES, type GenreEntry } from './genres.js';
import { INSTRUMENT_WORDS, type InstrumentEntry } from './instruments.js';
import { FILLER, MODIFIERS, WORDS, type WordEntry } from './words.js';

/** A place in the prompt that means something. scale: by how much (modifiers before it multiplied), negative where it is denied. */
export type Match = { readonly text: string; readonly scale: number } & (
  | { readonly kind: 'word'; readonly entry: WordEntry }
  | { readonly kind: 'genre'; readonly entry: GenreEntry }
  | { readonly kind: 'instrument'; readonly entry: InstrumentEntry }
);

type Meaning = { kind: 'word'; entry: WordEntry } | { kind: 'genre'; entry: GenreEntry } | { kind: 'instrument'; entry: InstrumentEntry };

const MEANINGS = new Map<string, Meaning>();
for (const entry of INSTRUMENT_WORDS) for (const word of entry.words) MEANINGS.set(word, { kind: 'instrument', entry });
for (const entry of GENRES) for (const word of entry.words) MEANINGS.set(word, { kind: 'genre', entry });
for (const entry of WORDS) for (const word of entry.words) MEANINGS.set(word, { kind: 'word', entry });
const LONGEST_PHRASE = Math.max(...[...MEANINGS.keys()].map((word) => word.split(' ').length));

const BOUNDARY = ',';

function tokensOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/[,;:.!?()"“”]+(?=\s|$)|[;:!?()"“”]/g, ` ${BOUNDARY} `)
    .split(/\s+/)
    .filter((token) => token !== '');
}

function lookUp<T>(
  tokens: readonly string[],
  at: number,
  longest: number,
  find: (phrase: string) => T | undefined,
): { found: T; length: number } | null {
  for (let length = Math.min(longest, tokens.length - at); length >= 1; length -= 1) {
    const found = find(tokens.slice(at, at + length).join(' '));
    if (found !== undefined) return { found, length };
  }
  return null;
}

/** Modifiers hold until the next word that means something; "not" also holds over "or" and "and": "not bright or harsh". */
export function findMatches(text: string): { matches: Match[]; unknownWords: string[] } {
  const tokens = tokensOf(text);
  const matches: Match[] = [];
  const unknownWords: string[] = [];
  let scale = 1;
  let spoken: string[] = [];
  let carried: { scale: number; spoken: string[] } | null = null;
  for (let at = 0; at < tokens.length;) {
    const meaning = lookUp(tokens, at, LONGEST_PHRASE, (phrase) => MEANINGS.get(phrase));
    const modifier = meaning === null ? lookUp(tokens, at, 2, (phrase) => MODIFIERS[phrase]) : null;
    const token = tokens[at] ?? '';
    if (meaning !== null) {
      const words = tokens.slice(at, at + meaning.length);
      matches.push({ ...meaning.found, text: [...spoken, ...words].join(' '), scale });
      carried = scale < 0 ? { scale, spoken } : null;
      scale = 1;
      spoken = [];
      at += meaning.length;
    } else if (modifier !== null) {
      scale *= modifier.found;
      spoken = [...spoken, ...tokens.slice(at, at + modifier.length)];
      at += modifier.length;
    } else {
      if ((token === 'or' || token === 'nor' || token === 'and') && carried !== null) ({ scale, spoken } = carried);
      else if (token === BOUNDARY || !FILLER.has(token)) {
        scale = 1;
        spoken = [];
        carried = null;
      }
      if (token !== BOUNDARY && !FILLER.has(token) && token !== 'nor' && /[\p{L}\p{N}]/u.test(token)) unknownWords.push(token);
      at += 1;
    }
  }
  return { matches, unknownWords: [...new Set(unknownWords)] };
}
