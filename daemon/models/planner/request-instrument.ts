import { INSTRUMENT_WORDS, TONAL_INSTRUMENTS, type InstrumentName } from '../prompt/instruments.js';

/** Names of instruments that no parameters of the synthesiser stand for, by the family that comes closest. */
const FURTHER_NAMES: Readonly<Partial<Record<InstrumentName, string>>> = {
  kick: 'bd|kicker',
  snare: 'sd|rim|rim shot|sidestick',
  hihat: 'hh|ride|rides|crash|open hat|closed hat',
  percussion: 'tambourine|cabasa|guiro|claves|djembe|tabla|timbales|timpani|taiko|bodhran',
  drums: 'breakbeat|breaks|break|drum fill|drumbeat|backbeat',
  bass: 'sub|wobble|contrabass|upright|moog bass',
  lead: 'horn|horns|brass|trumpet|sax|saxophone|flute|trombone|clarinet|oboe|violin|fiddle|whistle|counter melody',
  pluck: 'guitar|acoustic guitar|glockenspiel|celesta|xylophone|koto|sitar|banjo|mandolin|pizzicato|harpsichord',
  keys: 'organ|clav|clavinet|clavi|hammond|keyboard|keyboards|grand piano|upright piano',
  pad: 'cello|cellos|violins|orchestra|voices|swell|swells',
  texture: 'noise|ambience|field recording|riser|sweep',
};

interface Name {
  readonly instrument: InstrumentName;
  readonly weak: boolean;
}

const NAMES = new Map<string, Name>();
for (const [instrument, names] of Object.entries(FURTHER_NAMES))
  for (const name of names.split('|')) NAMES.set(name, { instrument: instrument as InstrumentName, weak: false });
for (const { instrument, words, weak } of INSTRUMENT_WORDS) for (const word of words) NAMES.set(word, { instrument, weak: weak === true });

const ALTERNATIVES = [...NAMES.keys()].sort((one, other) => other.length - one.length).map((name) => name.replaceAll(/[\s-]/g, '[\\s-]'));
const MENTION = new RegExp(`(?<![\\p{L}\\d])(${ALTERNATIVES.join('|')})(?![\\p{L}\\d])`, 'giu');

/** What is there already, and what is made goes with it: "under my drums", "answer the bass with …". */
const DETERMINER = '(?:my|the|our|this|that|these|those|his|her|their|an? existing)';
const BESIDE = new RegExp(
  `(?:\\b(?:under(?:neath)?|behind|beneath|below|over|above|against|on top of|along(?:side)?|next to)\\s+(?:${DETERMINER}\\s+)?` +
    `|\\b(?:for|to|with|after|before|from|between|around|answer|match|complements?|accompany(?:ing)?|support(?:ing)?|follow(?:s|ing)?)\\s+${DETERMINER}\\s+)(?:[\\p{L}-]+\\s+)?$`,
  'iu',
);
const DENIED = /\b(?:no|not|without|minus|except|leave out|skip the|less)\s+(?:(?:the|any|a|an)\s+)?(?:[\p{L}-]+\s+)?$/iu;

interface Mention extends Name {
  readonly index: number;
}

function mentionsIn(text: string): Mention[] {
  return [...text.matchAll(MENTION)].flatMap((match) => {
    const name = NAMES.get((match[1] ?? '').toLowerCase()) ?? NAMES.get((match[1] ?? '').toLowerCase().replaceAll(/[\s-]/g, ' ')) ?? null;
    const before = text.slice(0, match.index);
    if (name === null || BESIDE.test(before) || DENIED.test(before)) return [];
    return [{ ...name, index: match.index }];
  });
}

/**
 * The instrument that a request asks for, in the families of the synthesiser: not one that is there already, and not one that is denied.
 * The first one counts; two parts of a drum kit are drums.
 */
export function findInstrument(text: string): InstrumentName | null {
  const all = mentionsIn(text);
  const strong = all.filter(({ weak }) => !weak);
  const named = strong.length > 0 ? strong : all;
  const [first] = named;
  if (first === undefined) return null;
  const families = [...new Set(named.map(({ instrument }) => instrument))];
  const kit = families.filter((family) => !TONAL_INSTRUMENTS.has(family));
  if (!TONAL_INSTRUMENTS.has(first.instrument) && kit.length > 1) return 'drums';
  return first.instrument;
}
