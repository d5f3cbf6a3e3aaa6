import { describe, expect, test } from '@jest/globals';
import { isGrymError } from '../../daemon/kernel/index.js';
import { parsePrompt, type GenerateRequest } from '../../daemon/models/index.js';

const read = (prompt: string, more: Partial<GenerateRequest> = {}) => parsePrompt({ prompt, seed: 1, sampleRate: 48_000, ...more });

function codeOf(prompt: string, more: Partial<GenerateRequest> = {}): string {
  try {
    read(prompt, more);
    return 'no error';
  } catch (error) {
    return isGrymError(error) ? error.code : String(error);
  }
}

describe('what a prompt states', () => {
  test('the prompt of the first page', () => {
    const reading = read('dark analog bass loop, 120 bpm, 2 bars, A minor');
    expect(reading).toMatchObject({
      instrument: 'bass',
      tempoBpm: 120,
      bars: 2,
      metre: { numerator: 4, denominator: 4 },
      key: { root: 9, scale: 'minor', name: 'A minor' },
      loop: true,
      unknownWords: [],
    });
    expect(reading.moves['tone']).toBeLessThan(0);
  });

  test.each([
    ['pad in F# dorian', 'F# dorian', 6],
    ['Bb major keys', 'Bb major', 10],
    ['bass in Am', 'A minor', 9],
    ['bass in C', 'C major', 0],
    ['E flat minor lead', 'Eb minor', 3],
    ['key of G, pluck', 'G major', 7],
    ['a dark bass in c# minor', 'C# minor', 1],
    ['lead, D harmonic minor', 'D harmonic minor', 2],
    ['Ebm bass', 'Eb minor', 3],
    ['f minor bass', 'F minor', 5],
  ])('%s is in %s', (prompt, name, root) => expect(read(prompt).key).toMatchObject({ name, root }));

  test('an article is no key', () => expect(read('make a dark bass').notes.join(' ')).toContain('default'));

  test.each([
    ['drums 7/8', 7, 8],
    ['6/8 pad', 6, 8],
    ['waltz drums', 3, 4],
    ['bass in 5/4 time', 5, 4],
  ])('%s', (prompt, numerator, denominator) => expect(read(prompt).metre).toEqual({ numerator, denominator }));

  test.each([
    ['four-bar bass', 4],
    ['bass, 8 bars', 8],
    ['2-bar drum loop', 2],
    ['1 bar bass', 1],
  ])('%s has %d bars', (prompt, bars) => expect(read(prompt).bars).toBe(bars));

  test('parameters of the request win over words', () => {
    expect(
      read('house bass 120 bpm, A minor, 2 bars', { tempoBpm: 90, bars: 3, key: 'C# major', metre: { numerator: 3, denominator: 4 } }),
    ).toMatchObject({
      tempoBpm: 90,
      bars: 3,
      key: { name: 'C# major' },
      metre: { numerator: 3, denominator: 4 },
    });
  });

  test('a genre brings its tempo, and "fast" moves only a tempo that was not stated', () => {
    expect(read('techno drums').tempoBpm).toBe(132);
    expect(read('fast techno drums').tempoBpm).toBeGreaterThan(140);
    expect(read('fast techno drums 128 bpm').tempoBpm).toBe(128);
  });

  test('a word claims no tempo or scale that it did not set', () => {
    const also = (prompt: string): string => read(prompt).statements[0]?.also ?? '';
    expect(also('fast bass')).toBe('tempo');
    expect(also('fast bass, 128 bpm')).toBe('');
    expect(also('happy pad')).toBe('major scale');
    expect(also('happy pad in A minor')).toBe('');
    expect(also('happy drums')).toBe('');
  });

  test('one-shots', () => expect(read('punchy kick one-shot')).toMatchObject({ loop: false, bars: 1 }));
});

describe('words', () => {
  test('a denied word turns round, also over "or"', () => {
    const { moves } = read('pad, not bright or harsh');
    expect(moves['tone']).toBeLessThan(0);
    expect(moves['drive']).toBeLessThan(0);
    expect(read('bass, less dark').moves['tone']).toBeGreaterThan(0);
  });

  test('intensity scales', () => {
    const tone = (prompt: string): number => read(prompt).moves['tone'] ?? 0;
    expect(tone('very bright bass')).toBeGreaterThan(tone('bright bass'));
    expect(tone('slightly bright bass')).toBeLessThan(tone('bright bass'));
    expect(tone('slightly bright bass')).toBeGreaterThan(0);
  });

  test('drums without hats lose the hats', () => expect(read('house drums without hats').moves['hatLevel']).toBe(-4));
  test('"drum and bass" is a genre, "bass drum" a kick', () => {
    expect(read('drum and bass drums')).toMatchObject({ genre: 'drum-and-bass', instrument: 'drums' });
    expect(read('drum and bass bass line')).toMatchObject({ genre: 'drum-and-bass', instrument: 'bass' });
    expect(read('bass drum')).toMatchObject({ genre: 'none', instrument: 'kick' });
  });
  test('kick and snare together are a kit', () => expect(read('kick and snare').instrument).toBe('drums'));
  test('what means nothing is reported', () => expect(read('purple bass with wombats').unknownWords).toEqual(['purple', 'wombats']));
});

describe('what cannot be', () => {
  test.each([
    ['bass 900 bpm', 'GRYM_PROMPT_TEMPO_IMPOSSIBLE'],
    ['bass 5 bpm', 'GRYM_PROMPT_TEMPO_IMPOSSIBLE'],
    ['bass -120 bpm', 'GRYM_PROMPT_TEMPO_IMPOSSIBLE'],
    ['bass 0 bars', 'GRYM_PROMPT_BARS_IMPOSSIBLE'],
    ['bass 65 bars', 'GRYM_PROMPT_BARS_IMPOSSIBLE'],
    ['bass 1.5 bars', 'GRYM_PROMPT_BARS_IMPOSSIBLE'],
    ['bass in H minor', 'GRYM_PROMPT_KEY_UNKNOWN'],
    ['bass, key of Z', 'GRYM_PROMPT_KEY_UNKNOWN'],
    ['drums 3/5', 'GRYM_PROMPT_METRE_IMPOSSIBLE'],
    ['drums 0/4', 'GRYM_PROMPT_METRE_IMPOSSIBLE'],
    ['  ', 'GRYM_PROMPT_EMPTY'],
    ['pad 20 bpm 64 bars', 'GRYM_PROMPT_TOO_LONG'],
  ])('%s: %s', (prompt, code) => expect(codeOf(prompt)).toBe(code));

  test('in parameters too', () => {
    expect(codeOf('bass', { tempoBpm: Number.NaN })).toBe('GRYM_PROMPT_TEMPO_IMPOSSIBLE');
    expect(codeOf('bass', { bars: 0 })).toBe('GRYM_PROMPT_BARS_IMPOSSIBLE');
    expect(codeOf('bass', { key: 'banana' })).toBe('GRYM_PROMPT_KEY_UNKNOWN');
    expect(codeOf('bass', { metre: { numerator: 4, denominator: 3 } })).toBe('GRYM_PROMPT_METRE_IMPOSSIBLE');
  });
});
