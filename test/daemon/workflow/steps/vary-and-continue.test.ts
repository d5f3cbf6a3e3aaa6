import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { clicks, noise, silence, sound } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

/** Two bars in which each beat is another note, so that a rearrangement can be told. */
const notes = sound(4, (at) => {
  const beat = Math.floor(at * 2);
  return 0.3 * Math.exp(-(at % 0.5) * 4) * Math.sin(2 * Math.PI * 220 * 2 ** (beat / 12) * at);
});
const FACTS = { loop: true, bars: 2, quarterNotes: 8, tempoBpm: 120, key: 'A minor', name: 'riff' };

const samplesOf = async (hash: string): Promise<Float32Array> =>
  (await bench.workshop.decode(bench.library.get(hash).path, { signal: new AbortController().signal })).samples;

describe('vary', () => {
  it('makes another clip of the same length, tempo and key', async () => {
    const { hash } = await bench.file(notes, FACTS);
    const { output, explanation } = await bench.run('vary', { clip: hash, seed: 7 });
    expect(output.clip).not.toBe(hash);
    expect(bench.library.get(output.clip)).toMatchObject({
      frames: 192_000,
      tempoBpm: 120,
      key: 'A minor',
      bars: 2,
      loop: true,
      seed: 7,
      name: 'riff, varied',
      provider: 'workshop',
    });
    expect(explanation[0]).toBe('Variation of strength 0.5 with seed 7, cut at the beats of 120 bpm.');
    expect(output.changes.length).toBeGreaterThan(0);
    expect((await samplesOf(output.clip)).some((sample) => Math.abs(sample) > 0.05)).toBe(true);
  });

  it('is the same for the same seed, and another for another', async () => {
    const { hash } = await bench.file(notes, FACTS);
    const made = async (seed: number): Promise<string> => (await bench.run('vary', { clip: hash, seed, strength: 0.9 })).output.clip;
    expect(await made(1)).toBe(await made(1));
    expect(new Set([await made(1), await made(2), await made(3), await made(4)]).size).toBeGreaterThanOrEqual(3);
  });

  it('changes more the stronger it is', async () => {
    const { hash } = await bench.file(notes, FACTS);
    const source = await samplesOf(hash);
    const distance = async (strength: number): Promise<number> => {
      const sums = [];
      for (const seed of [1, 2, 3]) {
        const varied = await samplesOf((await bench.run('vary', { clip: hash, seed, strength })).output.clip);
        sums.push(varied.reduce((sum, sample, index) => sum + (sample - (source[index] ?? 0)) ** 2, 0));
      }
      return sums.reduce((a, b) => a + b, 0);
    };
    expect(await distance(1)).toBeGreaterThan(await distance(0.1));
  });

  it('cuts what is no loop where beats or onsets are heard', async () => {
    const { hash } = await bench.file(clicks(97, 8), { tempoBpm: 120 });
    expect((await bench.run('vary', { clip: hash, seed: 1 })).explanation[0]).toMatch(/cut at the measured (beats|onsets)/);
  });
});

describe('continue', () => {
  it('makes what comes after, as long as asked for', async () => {
    const { hash } = await bench.file(notes, FACTS);
    const { output, items } = await bench.run('continue', { clip: hash, seed: 3, bars: 3 });
    expect(bench.library.get(output.clip)).toMatchObject({
      frames: 288_000,
      bars: 3,
      quarterNotes: 12,
      tempoBpm: 120,
      name: 'riff, continued',
    });
    expect(items).toMatchObject([{ field: 'bars', value: 3 }]);
  });

  it('is the same for the same seed, and another for another', async () => {
    const { hash } = await bench.file(notes, FACTS);
    const made = async (seed: number): Promise<string> => (await bench.run('continue', { clip: hash, seed, bars: 4 })).output.clip;
    expect(await made(5)).toBe(await made(5));
    expect(new Set([await made(1), await made(2), await made(3), await made(4)]).size).toBeGreaterThanOrEqual(3);
  });
});

it.each(['vary', 'continue'])('%s refuses silence', async (step) => {
  const { hash } = await bench.file(silence(2), { loudnessLufs: null, peakDbtp: null });
  await expect(bench.run(step, { clip: hash, seed: 1 })).rejects.toMatchObject({ code: 'GRYM_CLIP_SILENT' });
});

it.each(['vary', 'continue'])('%s stops when the run is cancelled, and files nothing', async (step) => {
  const { hash } = await bench.file(noise(30));
  const controller = new AbortController();
  const running = bench.run(step, { clip: hash, seed: 1 }, { signal: controller.signal, progress: () => controller.abort() });
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  expect(bench.library.count()).toBe(1);
});

it.each(['vary', 'continue'])('%s files nothing where the disk is full', async (step) => {
  const { hash } = await bench.file(notes, FACTS);
  process.env['GRYM_FAILPOINTS'] = 'blob.writing=ENOSPC';
  try {
    await expect(bench.run(step, { clip: hash, seed: 1 })).rejects.toMatchObject({ code: 'GRYM_LIBRARY_UNWRITABLE', kind: 'resource' });
  } finally {
    delete process.env['GRYM_FAILPOINTS'];
  }
  expect(bench.library.count()).toBe(1);
});
