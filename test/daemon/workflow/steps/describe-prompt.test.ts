import type { AudioAnalysis, AudioBuffer } from '../../../../daemon/audio/index.js';
import { describeAnalysis, parsePrompt, type PromptReading } from '../../../../daemon/models/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { A_MINOR, chords, clicks, noise, silence, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

/** As `answer-phrase` asks the generator. */
const readingOf = (prompt: string): PromptReading =>
  parsePrompt({ prompt, seed: 1, sampleRate: 48_000, tempoBpm: 120, bars: 2, key: 'A minor' });

const analysis = (measured: Partial<AudioAnalysis>): AudioAnalysis => ({
  ...{ durationSeconds: 4.9, peakDbtp: -3, loudnessLufs: -18, harmonicShare: null, brightnessHz: null, spectralBalance: null },
  ...{ spectralFlatness: null, onsetsPerSecond: 3, onsetSeconds: [], tempoBpm: null, key: null, stereoWidth: null, chords: [] },
  ...(measured as AudioAnalysis),
});

it.each<[string, Partial<AudioAnalysis>, string, string]>([
  [
    'a held, dark, wide chord',
    { harmonicShare: 0.9, brightnessHz: 300, onsetsPerSecond: 0.2, stereoWidth: 0.7 },
    'pad',
    'dark sustained wide pad',
  ],
  ['quick bright notes', { harmonicShare: 0.9, brightnessHz: 4_000, onsetsPerSecond: 8 }, 'pluck', 'bright busy pluck'],
  ['a few notes', { harmonicShare: 0.9, brightnessHz: 800, onsetsPerSecond: 1 }, 'keys', 'warm sparse keys'],
  ['a drum loop', { harmonicShare: 0.1, brightnessHz: 4_000, onsetsPerSecond: 4 }, 'drums', 'bright drums'],
  [
    'hiss',
    { harmonicShare: 0.1, brightnessHz: 9_000, spectralFlatness: 0.8, onsetsPerSecond: 0 },
    'texture',
    'bright noisy sustained texture',
  ],
])('%s is asked for as %s', (_name, measured, instrument, prompt) => {
  const description = describeAnalysis(analysis(measured));
  expect(description.prompt).toBe(prompt);
  expect(readingOf(description.prompt)).toMatchObject({ instrument, unknownWords: [] });
});

it('what is heard is asked for in words that the generator understands, tonal material with a pitched instrument', async () => {
  const sounds: readonly (readonly [AudioBuffer, boolean | null])[] = [
    [tone(60, 3), true],
    [tone(440, 3), true],
    [tone(8_000, 3, 0.9), true],
    [chords(A_MINOR, 8), true],
    [noise(3, 0.01), null],
    [clicks(200, 5), null],
    [silence(2), null],
  ];
  for (const [sound, isTonal] of sounds) {
    const { output } = await bench.run('describe', { clip: (await bench.file(sound)).hash });
    const { unknownWords, notes, tonal } = readingOf(output.prompt);
    expect(unknownWords).toEqual([]);
    expect(notes.filter((note) => note.startsWith('No instrument'))).toEqual([]);
    if (isTonal !== null) expect(tonal).toBe(isTonal);
  }
});
