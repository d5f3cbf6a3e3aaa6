import type { AudioBuffer } from '../../../../../daemon/audio/index.js';

export const RATE = 48_000;

/** Stereo, both channels the same. */
export function sound(seconds: number, sampleAt: (seconds: number) => number, sampleRate = RATE): AudioBuffer {
  const frames = Math.round(seconds * sampleRate);
  const samples = new Float32Array(frames * 2);
  for (let frame = 0; frame < frames; frame += 1) samples.fill(sampleAt(frame / sampleRate), frame * 2, frame * 2 + 2);
  return { samples, sampleRate, channels: 2 };
}

const sine = (hertz: number, seconds: number): number => Math.sin(2 * Math.PI * hertz * seconds);

export const tone = (hertz: number, seconds: number, level = 0.3): AudioBuffer => sound(seconds, (at) => level * sine(hertz, at));

export const silence = (seconds: number): AudioBuffer => sound(seconds, () => 0);

/** A decaying click on each beat. */
export const clicks = (tempoBpm: number, seconds: number, level = 0.6): AudioBuffer =>
  sound(seconds, (at) => {
    const since = at % (60 / tempoBpm);
    return level * Math.exp(-since * 80) * sine(1_500, since);
  });

/** Chords of a progression, each with a soft attack, half a second long at 120 bpm: notes as MIDI numbers. */
export const chords = (progression: readonly (readonly number[])[], seconds: number, each = 1): AudioBuffer =>
  sound(seconds, (at) => {
    const notes = progression[Math.floor(at / each) % progression.length] ?? [];
    const since = at % each;
    const envelope = Math.min(1, since / 0.01) * Math.exp(-since * 1.5);
    return (
      0.12 *
      envelope *
      notes.reduce(
        (sum, note) =>
          sum + [1, 2, 3].reduce((voice, partial) => voice + sine(440 * 2 ** ((note - 69) / 12) * partial, at) / partial ** 1.5, 0),
        0,
      )
    );
  });

/** i – iv – v – i of A minor, with its bass. */
export const A_MINOR = [
  [45, 57, 60, 64],
  [50, 57, 62, 65],
  [52, 56, 59, 64],
  [45, 57, 60, 64],
] as const;

/** White noise that is the same each time. */
export function noise(seconds: number, level = 0.2): AudioBuffer {
  let state = 1;
  return sound(seconds, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return level * (state / 2 ** 30 - 1);
  });
}
