import { GrymError } from '../../kernel/index.js';
import type { Metre } from '../generator.js';
import { findKey, SCALES, type MusicalKey } from './musical-key.js';

/** What a prompt states in figures or by name; the text without these parts is `rest`. */
export interface StatedFacts {
  readonly tempoBpm: number | null;
  readonly bars: number | null;
  readonly metre: Metre | null;
  readonly key: MusicalKey | null;
  /** A scale without a root: "in dorian". */
  readonly scale: string | null;
  readonly oneShot: boolean;
  readonly rest: string;
}

const NUMBER_WORDS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  twelve: 12,
  sixteen: 16,
  zero: 0,
  single: 1,
};

/** Cuts the first match out of a text and hands back what it captured. */
class Remainder {
  constructor(public text: string) {}
  take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.text);
    if (match !== null) this.text = `${this.text.slice(0, match.index)} , ${this.text.slice(match.index + match[0].length)}`;
    return match;
  }
}

export function findFacts(prompt: string): StatedFacts {
  const rest = new Remainder(prompt);
  const key = findKey(prompt);
  if (key !== null) rest.text = rest.text.replace(key.text, ' , ');
  const tempo =
    rest.take(/(-?\d+(?:[.,]\d+)?)\s*-?\s*(?:bpm|beats per minute)\b/i) ?? rest.take(/\btempo(?:\s+of)?[\s:=]+(-?\d+(?:[.,]\d+)?)/i);
  const metre = rest.take(/(?<![\d/])(-?\d{1,4})\/(\d{1,4})(?![\d/])(?:\s*(?:time|metre|meter))?/);
  const waltz = metre === null && rest.take(/\bwaltz\b/i) !== null;
  const bars =
    rest.take(/(-?\d+(?:\.\d+)?)\s*-?\s*(?:bars?|measures?)\b/i) ??
    rest.take(new RegExp(`\\b(${Object.keys(NUMBER_WORDS).join('|')})[\\s-]+(?:bars?|measures?)\\b`, 'i'));
  const oneShot = rest.take(/\b(?:one[\s-]?shot|single\s+(?:hit|shot|note|stab)|single)\b/i) !== null;
  const scaleNames = Object.keys(SCALES)
    .filter((name) => name.length > 3)
    .sort((a, b) => b.length - a.length)
    .join('|');
  const scale = key === null ? rest.take(new RegExp(`\\b(?:in\\s+(?:a\\s+)?)?(${scaleNames})(?:\\s+(?:key|scale|mode))?\\b`, 'i')) : null;
  const barText = bars?.[1]?.toLowerCase();
  return {
    tempoBpm: tempo === null ? null : Number((tempo[1] ?? '').replace(',', '.')),
    bars: barText === undefined ? null : (NUMBER_WORDS[barText] ?? Number(barText)),
    metre: waltz ? { numerator: 3, denominator: 4 } : metre === null ? null : checkedMetre(Number(metre[1]), Number(metre[2])),
    key: key?.key ?? null,
    scale: scale === null ? null : (SCALES[(scale[1] ?? '').toLowerCase()] ?? null),
    oneShot,
    rest: rest.text,
  };
}

function checkedMetre(numerator: number, denominator: number): Metre {
  if (numerator < 1 || numerator > 64 || ![1, 2, 4, 8, 16, 32].includes(denominator)) {
    throw new GrymError('GRYM_PROMPT_METRE_IMPOSSIBLE', { metre: `${numerator}/${denominator}` });
  }
  return { numerator, denominator };
}
