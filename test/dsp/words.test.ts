import { describe, expect, test } from '@jest/globals';
import { INSTRUMENT_WORDS, parsePrompt, WORDS, type MeasuredFeature } from '../../daemon/models/index.js';
import { dsp, renderPrompt } from './analysis/dsp-module.js';
import { measure, ONE_SHOT_FEATURES } from './analysis/features.js';

const SEEDS = [1, 2, 3] as const;
/** Features of the pattern and of the harmony need more than one bar to show. */
const LONG_FEATURES: ReadonlySet<MeasuredFeature> = new Set<MeasuredFeature>(['onsetRate', 'chordSize']);
const baselines = new Map<string, number>();

function featureOf(prompt: string, seed: number, feature: MeasuredFeature): number {
  return measure(feature, renderPrompt(prompt, seed), parsePrompt({ prompt, seed, sampleRate: 48_000 }).key.root);
}

function baselineOf(prompt: string, seed: number, feature: MeasuredFeature): number {
  const name = `${prompt}|${seed}|${feature}`;
  const known = baselines.get(name) ?? featureOf(prompt, seed, feature);
  baselines.set(name, known);
  return known;
}

const cases = WORDS.flatMap(({ words, measured }) => measured.on.map((instrument) => ({ word: words[0] ?? '', instrument, ...measured })));

describe('a word moves what is measured of the sound the way the table says, against the same prompt and seed without it', () => {
  test.each(cases)('$word $instrument: $feature $direction', ({ word, instrument, feature, direction }) => {
    const rest = `${instrument}${ONE_SHOT_FEATURES.has(feature) ? ' one-shot' : LONG_FEATURES.has(feature) ? ', 2 bars' : ', 1 bar'}`;
    const changes = SEEDS.map((seed) => (featureOf(`${word} ${rest}`, seed, feature) - baselineOf(rest, seed, feature)) * direction);
    const right = changes.filter((change) => change > 0).length;
    expect({
      word,
      instrument,
      feature,
      changes,
      right: right >= 2,
      onAverage: changes.reduce((sum, change) => sum + change) > 0,
    }).toMatchObject({ right: true, onAverage: true });
  });
});

describe('the table', () => {
  test('every word is measured on an instrument, and no word means two things', () => {
    const all = WORDS.flatMap(({ words }) => [...words]);
    expect(new Set(all).size).toBe(all.length);
    expect(WORDS.filter(({ measured }) => measured.on.length === 0)).toEqual([]);
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
