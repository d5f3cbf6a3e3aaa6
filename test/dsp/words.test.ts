import { describe, expect, test } from '@jest/globals';
import { GENRES, INSTRUMENT_WORDS, parsePrompt, WORDS, type MeasuredClaim, type MeasuredFeature } from '../../daemon/models/index.js';
import { explain } from '../../daemon/models/explanation.js';
import { dsp, renderPlan, renderPrompt } from './analysis/dsp-module.js';
import { chroma, measure, ONE_SHOT_FEATURES } from './analysis/features.js';

const SEEDS = [1, 2, 3] as const;
/** Features of the pattern and of the harmony need more than one bar to show. */
const LONG_FEATURES: ReadonlySet<MeasuredFeature> = new Set<MeasuredFeature>(['onsetRate', 'chordSize']);
type Features = ReadonlyMap<MeasuredFeature, number>;
const measured = new Map<string, Features>();

/** Everything that any case asks of this prompt, of one rendering: most of the time goes into rendering. */
function featuresOf(prompt: string, seed: number): Features {
  const name = `${prompt}|${seed}`;
  const known = measured.get(name);
  if (known !== undefined) return known;
  const clip = renderPrompt(prompt, seed);
  const { root } = parsePrompt({ prompt, seed, sampleRate: 48_000 }).key;
  const asked = allCases.filter((row) => row.with === prompt || row.without === prompt).map(({ feature }) => feature);
  const features = new Map([...new Set(asked)].map((feature) => [feature, measure(feature, clip, root)] as const));
  measured.set(name, features);
  return features;
}

function featureOf(prompt: string, seed: number, feature: MeasuredFeature): number {
  return featuresOf(prompt, seed).get(feature) ?? NaN;
}

interface Case extends MeasuredClaim {
  readonly word: string;
  readonly with: string;
  readonly without: string;
}

function lengthFor(feature: MeasuredFeature): string {
  return ONE_SHOT_FEATURES.has(feature) ? ' one-shot' : LONG_FEATURES.has(feature) ? ', 2 bars' : ', 1 bar';
}

const wordCases: Case[] = WORDS.flatMap(({ words, measured: { feature, direction, on } }) =>
  on.map((instrument) => {
    const without = `${instrument}${lengthFor(feature)}`;
    return { word: words[0] ?? '', feature, direction, on: instrument, with: `${words[0]} ${without}`, without };
  }),
);
// All at one tempo: what is faster has more of everything.
const genreCases: Case[] = GENRES.flatMap(({ words, measured }) =>
  measured.map((claim) => {
    const rest = `, 120 bpm${lengthFor(claim.feature).replace('1 bar', '2 bars')}`;
    return { word: words[0] ?? '', ...claim, with: `${words[0]} ${claim.on}${rest}`, without: `${claim.against ?? claim.on}${rest}` };
  }),
);
const instrumentCases: Case[] = INSTRUMENT_WORDS.flatMap(({ words, measured }) =>
  (measured ?? []).map((claim) => {
    const rest = lengthFor(claim.feature).replace('1 bar', '2 bars');
    return { word: words[0] ?? '', ...claim, with: `${words[0]}${rest}`, without: `${claim.against ?? claim.on}${rest}` };
  }),
);
const allCases = [...wordCases, ...genreCases, ...instrumentCases];

describe.each([
  ['word', wordCases],
  ['genre', genreCases],
  ['instrument', instrumentCases],
])('a %s moves what is measured of the sound the way the table says, on every seed, against the same prompt without it', (_, cases) => {
  test.each(cases)('$word $on: $feature $direction', ({ with: prompt, without, feature, direction }) => {
    const changes = SEEDS.map((seed) => (featureOf(prompt, seed, feature) - featureOf(without, seed, feature)) * direction);
    expect({ prompt, without, changes, right: changes.filter((change) => change > 0).length }).toMatchObject({ right: SEEDS.length });
  });
});

describe('the table', () => {
  test('every word is measured on an instrument, and no word means two things', () => {
    const all = WORDS.flatMap(({ words }) => [...words]);
    expect(new Set(all).size).toBe(all.length);
    expect(WORDS.filter(({ measured }) => measured.on.length === 0)).toEqual([]);
    expect(GENRES.filter(({ measured }) => measured.length === 0)).toEqual([]);
    expect(INSTRUMENT_WORDS.filter(({ moves, measured }) => moves !== undefined && (measured ?? []).length === 0)).toEqual([]);
  });

  test('every move names a parameter of the synthesiser', () => {
    const known = new Set(dsp.describe().instruments.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
    const named = [...WORDS, ...INSTRUMENT_WORDS].flatMap(({ moves }) => Object.keys(moves ?? {}));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(WORDS.flatMap(({ words }) => [...words]))('“%s” is understood', (word) => {
    const reading = parsePrompt({ prompt: `${word} bass`, seed: 1, sampleRate: 48_000 });
    expect(reading.unknownWords).toEqual([]);
    expect(reading.statements.map(({ text }) => text)).toContain(word);
  });
});

describe('what a word does not claim', () => {
  const explanationOf = (prompt: string): string[] => {
    const reading = parsePrompt({ prompt, seed: 1, sampleRate: 48_000 });
    const { instrument, genre, tempoBpm, bars, loop, moves } = reading;
    return explain(reading, renderPlan({ instrument, genre, tempoBpm, bars, loop, moves }));
  };

  test.each([
    ['metallic', 'kick'],
    ['wooden', 'bass'],
    ['gliding', 'kick'],
    ['jazzy', 'lead'],
  ])('“%s” is told to have had no effect on %s', (word, instrument) => {
    expect(explanationOf(`${word} ${instrument}`)).toContain(`“${word}” had no effect: ${instrument} has nothing that it could change.`);
  });

  test.each(wordCases.map(({ word, on }) => [word, on.split(' ').at(-1) ?? ''] as const))(
    '“%s” has parameters to move on %s',
    (word, instrument) => {
      const entry = WORDS.find(({ words }) => words.includes(word));
      const known =
        dsp
          .describe()
          .instruments.find(({ name }) => name === instrument)
          ?.parameters.map(({ name }) => name) ?? [];
      const effective =
        entry?.tempoFactor !== undefined ||
        entry?.scale !== undefined ||
        Object.keys(entry?.moves ?? {}).some((name) => known.includes(name));
      expect(effective).toBe(true);
    },
  );
});

describe('the whole way from a prompt to pitches', () => {
  test.each([
    ['bass loop in A minor', [9, 11, 0, 2, 4, 5, 7]],
    ['keys loop in D major, 2 bars', [2, 4, 6, 7, 9, 11, 1]],
  ] as const)('%s: the strong pitch classes are the key’s', (prompt, key) => {
    for (const seed of SEEDS) {
      const classes = chroma(renderPrompt(`${prompt}, sine, clean, dry`, seed));
      const outside = classes.reduce((sum, share, pitchClass) => sum + (key.some((allowed) => allowed === pitchClass) ? 0 : share), 0);
      expect({ prompt, seed, outside, fits: outside < 0.07 }).toMatchObject({ fits: true });
      expect(Math.max(...classes)).toBe(Math.max(...key.map((pitchClass) => classes[pitchClass] ?? 0)));
    }
  });
});
