import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { A_MINOR, chords, clicks, noise, silence, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

/** Two bars of 4/4 at the tempo. */
const loop = (tempoBpm: number): { tempoBpm: number; loop: true; bars: number; quarterNotes: number } => ({
  tempoBpm,
  loop: true,
  bars: 2,
  quarterNotes: 8,
});
const frames = (clip: string): number => bench.library.get(clip).frames;

it('brings a loop to another tempo, to the frame', async () => {
  const { hash } = await bench.file(clicks(120, 4), loop(120));
  const { output } = await bench.run('fit', { clip: hash, tempoBpm: 133 });
  expect(output).toMatchObject({ changed: true, tempoBpm: 133, bars: 2, semitones: 0 });
  expect(frames(output.clip)).toBe(Math.round((8 * 60 * 48_000) / 133));
  const measured = (await bench.run('analyse', { clip: output.clip })).output;
  expect(measured.tempoBpm).toBeCloseTo(133, 0);
  expect(output.changes.length).toBeGreaterThan(0);
});

it('transposes by the nearest way', async () => {
  const { hash } = await bench.file(tone(440, 4), { ...loop(120), key: 'A minor' });
  const { output } = await bench.run('fit', { clip: hash, key: 'G minor' });
  expect(output).toMatchObject({ semitones: -2, key: 'G minor' });
  expect(frames(output.clip)).toBe(192_000);
  const { brightnessHz } = (await bench.run('analyse', { clip: output.clip })).output;
  expect(brightnessHz).toBeGreaterThan(392 * 0.97);
  expect(brightnessHz).toBeLessThan(392 * 1.06);
});

it.each([
  ['A minor', 'C minor', 3],
  ['A minor', 'Eb minor', -6],
  ['A minor', 'F minor', -4],
  ['C major', 'A minor', 0],
  ['D dorian', 'C major', 0],
  ['A minor', 'D major', 2],
])('from %s to %s goes %d semitones', async (from, to, semitones) => {
  const { hash } = await bench.file(tone(300, 0.5), { key: from });
  expect((await bench.run('fit', { clip: hash, key: to })).output.semitones).toBe(semitones);
});

it('measures the key of a clip that has none in its facts', async () => {
  const { hash } = await bench.file(chords(A_MINOR, 8), loop(60));
  const { output } = await bench.run('fit', { clip: hash, key: 'B minor' });
  expect(output.semitones).toBe(2);
  expect(output.changes.join('\n')).toContain('Its key was measured as A minor');
});

it('leaves a clip without a key where it is, and says so', async () => {
  const { hash } = await bench.file(clicks(120, 4), loop(120));
  const { output } = await bench.run('fit', { clip: hash, key: 'C minor' });
  expect(output).toMatchObject({
    clip: hash,
    changed: false,
    semitones: 0,
    changes: ['It has no key that could be told, so it was not transposed.'],
  });
});

it('cuts and pads to whole bars', async () => {
  const { hash } = await bench.file(clicks(120, 4), loop(120));
  for (const bars of [1, 3]) {
    const { output } = await bench.run('fit', { clip: hash, bars });
    expect(output.bars).toBe(bars);
    expect(frames(output.clip)).toBe(bars * 96_000);
    expect(bench.library.get(output.clip)).toMatchObject({ bars, quarterNotes: bars * 4 });
  }
});

it('brings it to a loudness below a ceiling', async () => {
  const { hash } = await bench.file(noise(4, 0.05), { loudnessLufs: -30 });
  const { output } = await bench.run('fit', { clip: hash, loudnessLufs: -18, ceilingDbtp: -2 });
  expect(output.loudnessLufs).toBeCloseTo(-18, 0);
  const measured = (await bench.run('analyse', { clip: output.clip })).output;
  expect(measured.loudnessLufs).toBeCloseTo(output.loudnessLufs, 1);
  expect(measured.peakDbtp).toBeLessThanOrEqual(-1.9);
});

it('does nothing where nothing is to be done, and gives the same clip', async () => {
  const { hash } = await bench.file(clicks(120, 4), { ...loop(120), key: 'A minor', loudnessLufs: -18 });
  const { output, explanation } = await bench.run('fit', { clip: hash, tempoBpm: 120, key: 'A minor', bars: 2, loudnessLufs: -18 });
  expect(output).toMatchObject({ clip: hash, changed: false });
  expect(explanation[0]).toBe('It fitted already.');
  expect(bench.library.count()).toBe(1);
});

it('closes a loop', async () => {
  const { hash } = await bench.file(tone(333, 3.1));
  const { output } = await bench.run('fit', { clip: hash, seamlessLoop: true });
  expect(bench.library.get(output.clip).loop).toBe(true);
  expect(output.changes.length).toBeGreaterThan(0);
});

it('makes the same clip each time', async () => {
  const { hash } = await bench.file(clicks(120, 4), { ...loop(120), key: 'A minor' });
  const params = { clip: hash, tempoBpm: 99, key: 'B minor', loudnessLufs: -20 };
  expect((await bench.run('fit', params)).output).toEqual((await bench.run('fit', params, { attempt: 2 })).output);
});

describe('it is refused', () => {
  it('for a loudness of silence', async () => {
    const { hash } = await bench.file(silence(1), { loudnessLufs: null });
    await expect(bench.run('fit', { clip: hash, loudnessLufs: -14 })).rejects.toMatchObject({ code: 'GRYM_CLIP_SILENT' });
  });

  it('for a tempo that is another sound', async () => {
    const { hash } = await bench.file(tone(200, 1), { tempoBpm: 20 });
    await expect(bench.run('fit', { clip: hash, tempoBpm: 300 })).rejects.toMatchObject({ code: 'GRYM_FIT_IMPOSSIBLE' });
  });

  it('for a key that is none', async () => {
    const { hash } = await bench.file(tone(200, 1), { key: 'A minor' });
    await expect(bench.run('fit', { clip: hash, key: 'H flat' })).rejects.toMatchObject({
      code: 'GRYM_FIT_IMPOSSIBLE',
      message: expect.stringContaining('H flat') as string,
    });
  });
});

it('stops when the run is cancelled', async () => {
  const { hash } = await bench.file(noise(60));
  const controller = new AbortController();
  const progress = (fraction: number): void => {
    if (fraction > 0.3) controller.abort();
  };
  const running = bench.run('fit', { clip: hash, tempoBpm: 100 }, { signal: controller.signal, progress });
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});
