import { describe, expect, test } from '@jest/globals';
import { renderPlan } from './analysis/dsp-module.js';
import { analyse, mono, stereo } from './workshop/native-workshop.js';
import { chordSound, concatenated, noise, NOTE_NAMES, sine } from './workshop/signals.js';

interface Progression {
  readonly key: string;
  readonly chords: readonly string[];
  readonly samples: Float32Array;
}

/** I–vi–IV–V or i–VI–iv–v, half a second each, twice. */
function progression(root: number, minor: boolean, detuned = 0): Progression {
  const degrees = minor ? [[0, true], [8, false], [5, true], [7, true]] : [[0, false], [9, true], [5, false], [7, false]]; // prettier-ignore
  const steps = [...degrees, ...degrees] as [number, boolean][];
  const chords = steps.map(([above, third]) => `${NOTE_NAMES[(root + above) % 12]}${third ? 'm' : ''}`);
  const sounds = steps.map(([above, third]) => {
    const base = 48 + ((root + above) % 12) + detuned;
    return chordSound([base - 12, base, base + (third ? 3 : 4), base + 7], 0.5, 24_000);
  });
  return { key: `${NOTE_NAMES[root]} ${minor ? 'minor' : 'major'}`, chords, samples: concatenated(sounds) };
}

const ALL_KEYS = Array.from({ length: 24 }, (_, index) => [index % 12, index >= 12] as const);
/** Root and mode of the key that has the same notes. */
function relativeOf(key: string): string {
  const [note = '', mode] = key.split(' ');
  const root = NOTE_NAMES.indexOf(note);
  return mode === 'minor' ? `${NOTE_NAMES[(root + 3) % 12]} major` : `${NOTE_NAMES[(root + 9) % 12]} minor`;
}

describe('key and chords', () => {
  test('of chord progressions in 24 keys: every key, and 95 % of the chords', () => {
    let right = 0;
    let all = 0;
    for (const [root, minor] of ALL_KEYS) {
      const truth = progression(root, minor);
      const { key, chords } = analyse(mono(truth.samples, 24_000));
      expect(key?.value).toBe(truth.key);
      for (const { startSeconds, endSeconds, chord } of chords) {
        all += 1;
        if (chord === truth.chords[Math.floor((startSeconds + endSeconds) / 2 / 0.5)]) right += 1;
      }
    }
    expect(right / all).toBeGreaterThan(0.95);
  });

  test('chords lie end to end over the whole clip', () => {
    const { chords, durationSeconds } = analyse(mono(progression(2, false).samples, 24_000));
    expect(chords[0]?.startSeconds).toBe(0);
    expect(chords.at(-1)?.endSeconds).toBeCloseTo(durationSeconds, 9);
    chords.slice(1).forEach(({ startSeconds }, index) => expect(startSeconds).toBe(chords[index]?.endSeconds));
  });

  test('an instrument that is tuned a third of a semitone high does not change the key', () => {
    for (const [root, minor] of [
      [0, false],
      [7, true],
      [10, false],
    ] as const) {
      // prettier-ignore
      const truth = progression(root, minor, 0.33);
      expect(analyse(mono(truth.samples, 24_000)).key?.value).toBe(truth.key);
    }
  });

  test("of the generator's keys and pads in 24 keys: 70 % exactly, 95 % of the same notes", () => {
    let exact = 0;
    let sameNotes = 0;
    for (const [root, minor] of ALL_KEYS) {
      const instrument = root % 2 === 0 ? 'keys' : 'pad';
      const { samples } = renderPlan({ instrument, keyRoot: root, scale: minor ? 'minor' : 'major', bars: 4, seed: root, tempoBpm: 160 });
      const truth = `${NOTE_NAMES[root]} ${minor ? 'minor' : 'major'}`;
      const found = analyse(stereo(samples)).key?.value;
      if (found === truth) exact += 1;
      if (found === truth || found === relativeOf(truth)) sameNotes += 1;
    }
    expect(exact / 24).toBeGreaterThanOrEqual(0.7);
    expect(sameNotes / 24).toBeGreaterThanOrEqual(0.95);
  });

  test('is null for noise, for silence and for a single tone', () => {
    for (const samples of [noise(3), new Float32Array(100_000), sine(440, 3)]) expect(analyse(mono(samples)).key).toBeNull();
  });
});
