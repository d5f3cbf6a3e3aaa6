import type { DescribedWord, Description, Heard } from '../describe.js';
import { findFacts } from '../prompt/index.js';

const LISTS = ['instruments', 'mood', 'genre', 'productionNotes', 'issues'] as const satisfies readonly (keyof Heard)[];
const WORD_LISTS = ['instruments', 'mood', 'genre'] as const;
const MAXIMUM_ENTRIES = 12;
const MAXIMUM_TAG_CHARACTERS = 60;
/** Of each list, as words: a clip gets at most 32 tags at once. */
const MAXIMUM_WORDS = 8;
/** Of each list, in the prompt; further ones would only blur it. */
const PROMPT_SHARES = { mood: 3, genre: 2, instruments: 3 } as const;

interface Entry {
  readonly text: string;
  /** Parts in which it was heard. */
  count: number;
}

/** What was heard in most parts first, then what was heard first. */
function mergedList(lists: readonly (readonly string[])[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const list of lists) {
    for (const [key, text] of new Map(list.map((item) => [item.toLowerCase(), item]))) {
      const entry = entries.get(key) ?? { text, count: 0 };
      entry.count += 1;
      entries.set(key, entry);
    }
  }
  return [...entries.values()].sort((a, b) => b.count - a.count).slice(0, MAXIMUM_ENTRIES);
}

/** As a tag may be: "R&B / soul" becomes "rnb soul", "A synthesizer" becomes "synthesizer". */
function tagOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/(?<=\p{L})&(?=\p{L})/gu, 'n')
    .replaceAll('&', ' and ')
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^\p{L}\p{N} ._#-]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/^(an?|the|some) (?=.)/, '');
  return (plain.length <= MAXIMUM_TAG_CHARACTERS ? plain : plain.slice(0, MAXIMUM_TAG_CHARACTERS).replace(/\s+\S*$/, '')).trim();
}

/** Whether a text states a tempo, a key, a metre or a length. */
function states(text: string): boolean {
  try {
    const { rest: _rest, ...facts } = findFacts(text);
    return Object.values(facts).some((fact) => fact !== null && fact !== false);
  } catch {
    // A key or metre that cannot be.
    return true;
  }
}

/** Words only: tempo, key, metre and length are measured, not heard. */
function promptOf(heard: Heard): string {
  const lists = (Object.keys(PROMPT_SHARES) as (keyof typeof PROMPT_SHARES)[]).map((name) =>
    heard[name].filter((text) => !states(text)).slice(0, PROMPT_SHARES[name]),
  );
  return lists.flat().join(', ').toLowerCase();
}

export interface Hearing {
  readonly model: string;
  /** What was heard in each part that is not silent. */
  readonly parts: readonly Heard[];
  readonly durationSeconds: number;
  /** Seconds of the audio that were looked at; less than all where it is long. */
  readonly coveredSeconds: number;
}

/** Null where no instrument, mood or genre was named in any part: that describes nothing. */
export function describeHearing({ model, parts, durationSeconds, coveredSeconds }: Hearing): Description | null {
  const merged = Object.fromEntries(LISTS.map((name) => [name, mergedList(parts.map((part) => part[name]))])) as Record<
    keyof Heard,
    Entry[]
  >;
  const heard = Object.fromEntries(LISTS.map((name) => [name, merged[name].map(({ text }) => text)])) as unknown as Heard;
  const named = WORD_LISTS.filter((name) => merged[name].length > 0);
  if (named.length === 0) return null;
  const where = (count: number): string => (parts.length > 1 ? ` in ${count} of ${parts.length} parts` : '');
  const words: DescribedWord[] = named.flatMap((name) =>
    merged[name].slice(0, MAXIMUM_WORDS).map(({ text, count }) => ({ word: tagOf(text), reason: `heard by ${model}${where(count)}` })),
  );
  const isPartly = coveredSeconds < durationSeconds - 0.5;
  const extent = isPartly ? `, of which ${coveredSeconds.toFixed(0)} s in ${parts.length} parts were heard` : '';
  const list = named.map((name) => heard[name].join(', ')).join('; ');
  return {
    text: `${durationSeconds.toFixed(1)} s${extent}: ${list} (heard by ${model}).`,
    words: [...new Map(words.filter(({ word }) => word !== '').map((word) => [word.word, word])).values()],
    prompt:
      promptOf(heard) ||
      named
        .flatMap((name) => heard[name])
        .join(', ')
        .toLowerCase(),
    heard,
  };
}

/** Silence needs no listener. */
export function describeSilence(durationSeconds: number): Description {
  return {
    text: `${durationSeconds.toFixed(1)} s of silence.`,
    words: [{ word: 'silent', reason: 'nothing in it is loud enough to be heard' }],
    // No model has listened, so nothing is said to be heard; a generator that is asked for silence makes something soft.
    prompt: 'soft pad',
  };
}
