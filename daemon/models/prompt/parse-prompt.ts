import { GrymError } from '../../kernel/index.js';
import type { GenerateRequest, Metre } from '../generator.js';
import type { GenreEntry } from './genres.js';
import { TONAL_INSTRUMENTS, type InstrumentEntry, type InstrumentName } from './instruments.js';
import { findFacts, type StatedFacts } from './stated-facts.js';
import { parseKey, type MusicalKey } from './musical-key.js';
import { findMatches, type Match } from './vocabulary.js';

/** One word's share in the result: kept so that the explanation can say whether the instrument listened to it. */
export interface Statement {
  readonly text: string;
  readonly moves: Readonly<Record<string, number>>;
  /** What the word set besides parameters: "tempo × 1.2". */
  readonly also: string;
}

export interface PromptReading {
  readonly instrument: InstrumentName;
  readonly tonal: boolean;
  /** A name of native/dsp, or "none". */
  readonly genre: string;
  readonly tempoBpm: number;
  readonly bars: number;
  readonly metre: Metre;
  /** Whether the prompt itself gives them, in figures or by name; a genre's or a mood's tempo is not given. */
  readonly stated: { readonly tempo: boolean; readonly metre: boolean };
  /** What the clip is made in; for drums it is of no consequence. */
  readonly key: MusicalKey;
  readonly loop: boolean;
  /** The sum of all words, in shares of each parameter's range. */
  readonly moves: Readonly<Record<string, number>>;
  readonly statements: readonly Statement[];
  readonly unknownWords: readonly string[];
  /** How tempo, metre, key, length, instrument and genre came about. */
  readonly notes: readonly string[];
}

export const LIMITS = { minimumTempoBpm: 20, maximumTempoBpm: 400, maximumBars: 64, maximumSeconds: 600 } as const;
const DRUM_PARTS: Readonly<Partial<Record<InstrumentName, string>>> = {
  kick: 'kickLevel',
  snare: 'snareLevel',
  clap: 'snareLevel',
  hihat: 'hatLevel',
  percussion: 'percussionLevel',
};

function chooseInstrument(
  matches: readonly Match[],
  genre: GenreEntry | null,
  notes: string[],
): { instrument: InstrumentName; entries: InstrumentEntry[] } {
  const wanted = matches.flatMap((match) => (match.kind === 'instrument' && match.scale >= 0 ? [match.entry] : []));
  const strong = wanted.filter((entry) => entry.weak !== true);
  const named = new Set(strong.map((entry) => entry.instrument));
  const parts = [...named].filter((name) => DRUM_PARTS[name] !== undefined);
  const first = strong[0] ?? wanted[0];
  if (named.has('drums') || parts.length > 1) {
    if (![...named].some((name) => TONAL_INSTRUMENTS.has(name)) || first?.instrument === 'drums')
      return { instrument: 'drums', entries: wanted };
  }
  if (first !== undefined) {
    const others = [...named].filter((name) => name !== first.instrument);
    if (others.length > 0) notes.push(`One clip holds one instrument: ${first.instrument} was made, ${others.join(' and ')} was not.`);
    return {
      instrument: first.instrument,
      entries: wanted.filter((entry) => entry.instrument === first.instrument || entry.weak === true),
    };
  }
  const instrument = genre?.instrument ?? 'drums';
  notes.push(
    `No instrument was named: ${instrument} was made${genre === null ? '' : `, as is usual for ${genre.words[0] ?? genre.genre}`}.`,
  );
  return { instrument, entries: [] };
}

function tempoOf(facts: StatedFacts, request: GenerateRequest, genre: GenreEntry | null, factor: number, notes: string[]): number {
  const stated = request.tempoBpm ?? facts.tempoBpm;
  if (stated !== null && stated !== undefined) {
    if (!(stated >= LIMITS.minimumTempoBpm && stated <= LIMITS.maximumTempoBpm)) {
      throw new GrymError('GRYM_PROMPT_TEMPO_IMPOSSIBLE', {
        tempo: stated,
        minimum: LIMITS.minimumTempoBpm,
        maximum: LIMITS.maximumTempoBpm,
      });
    }
    notes.push(`Tempo ${stated} bpm, as ${request.tempoBpm === undefined ? 'the prompt says' : 'requested'}.`);
    return stated;
  }
  const base = genre?.tempoBpm ?? 120;
  const tempo = Math.min(LIMITS.maximumTempoBpm, Math.max(LIMITS.minimumTempoBpm, Math.round(base * factor)));
  notes.push(
    `Tempo ${tempo} bpm: ${genre === null ? 'the default' : `usual for ${genre.words[0] ?? genre.genre}`}${factor === 1 ? '' : `, × ${factor.toFixed(2)} by the words for speed and mood`}.`,
  );
  return tempo;
}

function metreOf(facts: StatedFacts, request: GenerateRequest, notes: string[]): Metre {
  const metre = request.metre ?? facts.metre ?? { numerator: 4, denominator: 4 };
  const { numerator, denominator } = metre;
  if (!Number.isInteger(numerator) || numerator < 1 || numerator > 64 || ![1, 2, 4, 8, 16, 32].includes(denominator)) {
    throw new GrymError('GRYM_PROMPT_METRE_IMPOSSIBLE', { metre: `${numerator}/${denominator}` });
  }
  const origin = request.metre !== undefined ? 'as requested' : facts.metre !== null ? 'as the prompt says' : 'the default';
  notes.push(`Metre ${numerator}/${denominator}, ${origin}.`);
  return { numerator, denominator };
}

function barsOf(facts: StatedFacts, request: GenerateRequest, instrument: InstrumentName, loop: boolean, notes: string[]): number {
  const stated = request.bars ?? facts.bars;
  if (stated !== null && stated !== undefined) {
    if (!Number.isInteger(stated) || stated < 1 || stated > LIMITS.maximumBars)
      throw new GrymError('GRYM_PROMPT_BARS_IMPOSSIBLE', { bars: stated, maximum: LIMITS.maximumBars });
    notes.push(`${stated} bar${stated === 1 ? '' : 's'}, as ${request.bars === undefined ? 'the prompt says' : 'requested'}.`);
    return stated;
  }
  const bars = !loop ? 1 : instrument === 'pad' || instrument === 'texture' || instrument === 'keys' ? 4 : 2;
  notes.push(`${bars} bar${bars === 1 ? '' : 's'}: the default for ${loop ? instrument : 'a one-shot'}.`);
  return bars;
}

function keyOf(
  facts: StatedFacts,
  request: GenerateRequest,
  scale: string | undefined,
  genre: GenreEntry | null,
  tonal: boolean,
  notes: string[],
): MusicalKey {
  const stated = request.key !== undefined ? parseKey(request.key) : facts.key;
  if (stated !== null) {
    notes.push(
      tonal
        ? `Key ${stated.name}, as ${request.key === undefined ? 'the prompt says' : 'requested'}.`
        : `The key ${stated.name} had no effect: the instrument has no pitch of that kind.`,
    );
    return stated;
  }
  const chosen = facts.scale ?? scale ?? genre?.scale ?? 'minor';
  const root =
    chosen === 'major' || chosen === 'lydian' || chosen === 'mixolydian' ? { letter: 'C', pitchClass: 0 } : { letter: 'A', pitchClass: 9 };
  const origin =
    facts.scale !== null
      ? 'the scale as the prompt says, its root the default'
      : scale !== undefined
        ? 'the scale by the mood, its root the default'
        : 'the default';
  if (tonal) notes.push(`Key ${root.letter} ${chosen}: ${origin}.`);
  return { root: root.pitchClass, scale: chosen, name: `${root.letter} ${chosen}` };
}

/** What a word may still decide: a tempo or a key that was given is not its to change. */
interface Freedom {
  readonly tempo: boolean;
  readonly scale: boolean;
}

function statementsOf(
  matches: readonly Match[],
  chosen: readonly InstrumentEntry[],
  instrument: InstrumentName,
  free: Freedom,
): Statement[] {
  const statements: Statement[] = [];
  for (const match of matches) {
    if (match.kind === 'word') {
      const moves = Object.fromEntries(
        Object.entries(match.entry.moves)
          .filter(([, move]) => move !== 0)
          .map(([name, move]) => [name, move * match.scale]),
      );
      const also = [
        match.entry.tempoFactor === undefined || !free.tempo ? '' : 'tempo',
        match.entry.scale === undefined || match.scale < 0 || !free.scale ? '' : `${match.entry.scale} scale`,
      ]
        .filter(Boolean)
        .join(', ');
      statements.push({ text: match.text, moves, also });
    } else if (match.kind === 'instrument' && match.scale < 0) {
      const level = DRUM_PARTS[match.entry.instrument];
      // "drums without hats": the part falls to the bottom of its range.
      const moves: Record<string, number> =
        instrument === 'drums' && level !== undefined ? { [level]: match.scale < -1 ? -4 : match.scale * 0.3 } : {};
      statements.push({ text: match.text, moves, also: '' });
    } else if (match.kind === 'instrument' && chosen.includes(match.entry)) {
      statements.push({ text: match.text, moves: match.entry.moves ?? {}, also: `instrument ${instrument}` });
    }
  }
  return statements;
}

function sumOf(statements: readonly Statement[]): Record<string, number> {
  const moves: Record<string, number> = {};
  for (const statement of statements) {
    for (const [name, move] of Object.entries(statement.moves)) moves[name] = Math.max(-4, Math.min(4, (moves[name] ?? 0) + move));
  }
  return moves;
}

/** Reads a request's prompt. Throws GRYM_PROMPT_* for what cannot be; what merely means nothing is listed in unknownWords. */
export function parsePrompt(request: GenerateRequest): PromptReading {
  if (request.prompt.trim() === '') throw new GrymError('GRYM_PROMPT_EMPTY', {});
  const notes: string[] = [];
  const facts = findFacts(request.prompt);
  const { matches, unknownWords } = findMatches(facts.rest);
  const genreMatch = matches.find((match) => match.kind === 'genre' && match.scale >= 0);
  const genre = genreMatch?.kind === 'genre' ? genreMatch.entry : null;
  const { instrument, entries } = chooseInstrument(matches, genre, notes);
  const tonal = TONAL_INSTRUMENTS.has(instrument);
  for (const match of matches)
    if (match.kind === 'genre' && match.entry !== genre)
      notes.push(
        `“${match.text}” had no effect: ${match.scale < 0 ? 'what is not that genre can still be anything' : 'one genre at a time'}.`,
      );
  if (genre !== null) notes.push(`“${genreMatch?.text ?? ''}” set the genre ${genre.genre}: patterns, swing and sound.`);

  let factor = 1;
  let scale: string | undefined;
  for (const match of matches) {
    if (match.kind !== 'word') continue;
    if (match.entry.tempoFactor !== undefined) factor *= match.entry.tempoFactor ** match.scale;
    if (match.entry.scale !== undefined && match.scale > 0) scale ??= match.entry.scale;
  }
  const tempoBpm = tempoOf(facts, request, genre, factor, notes);
  const metre = metreOf(facts, request, notes);
  const loop = !facts.oneShot;
  const bars = barsOf(facts, request, instrument, loop, notes);
  const key = keyOf(facts, request, scale, genre, tonal, notes);
  const seconds = ((bars * 4 * metre.numerator) / metre.denominator) * (60 / tempoBpm);
  if (seconds > LIMITS.maximumSeconds)
    throw new GrymError('GRYM_PROMPT_TOO_LONG', { seconds: Math.round(seconds), maximum: LIMITS.maximumSeconds });
  const statements = statementsOf(matches, entries, instrument, {
    tempo: request.tempoBpm === undefined && facts.tempoBpm === null,
    scale: tonal && request.key === undefined && facts.key === null && facts.scale === null,
  });
  return {
    instrument,
    tonal,
    genre: genre?.genre ?? 'none',
    tempoBpm,
    bars,
    metre,
    stated: { tempo: facts.tempoBpm !== null, metre: facts.metre !== null },
    key,
    loop,
    moves: sumOf(statements),
    statements,
    unknownWords,
    notes,
  };
}
