import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { A_MINOR, chords, clicks, noise, silence, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

const analyse = async (...[audio, facts]: Parameters<StepBench['file']>): ReturnType<StepBench['run']> =>
  bench.run('analyse', { clip: (await bench.file(audio, facts)).hash });

it('finds tempo, beats and onsets of clicks', async () => {
  const { output, items } = await analyse(clicks(128, 8));
  expect(output.tempoBpm).toBeCloseTo(128, 0);
  expect(output.onsetsPerSecond).toBeCloseTo(128 / 60, 0);
  expect(output.beatSeconds.length).toBeGreaterThan(12);
  expect(items.find(({ field }) => field === 'tempoBpm')).toMatchObject({
    value: output.tempoBpm,
    rank: 'analysis',
    confidence: output.tempoConfidence,
  });
});

it('finds the key of a progression, and tells it to the context with its confidence', async () => {
  const { output, items, explanation } = await analyse(chords(A_MINOR, 12));
  expect(output.key).toBe('A minor');
  expect(items.find(({ field }) => field === 'key')).toMatchObject({ value: 'A minor', confidence: output.keyConfidence });
  expect(output.chords.length).toBeGreaterThan(2);
  expect(explanation[0]).toContain('A minor');
});

it('finds level, brightness and spectral balance of a tone', async () => {
  const { output } = await analyse(tone(1_000, 4, 0.1));
  expect(output.peakDbtp).toBeCloseTo(-20, 1);
  // EBU Tech 3341: a stereo sine of 1 kHz at −20 dBFS measures −20 LUFS.
  expect(output.loudnessLufs).toBeCloseTo(-20, 0);
  expect(output.brightnessHz).toBeGreaterThan(950);
  expect(output.brightnessHz).toBeLessThan(1_060);
  expect(output.spectralBalance.middle).toBeGreaterThan(0.95);
});

it('says of silence that it is silent, and tells the context nothing that was not measured', async () => {
  const { output, items, explanation } = await analyse(silence(3));
  expect(output).toMatchObject({ silent: true, tempoBpm: null, key: null, loudnessLufs: null, energy: null, complexity: null });
  expect(items).toEqual([]);
  expect(explanation).toEqual(['It is silent: there is nothing to measure.']);
});

it('energy and complexity grow with what is heard', async () => {
  const calm = (await analyse(tone(150, 6, 0.02))).output;
  const busy = (await analyse(clicks(300, 6, 0.9))).output;
  expect(busy.energy).toBeGreaterThan(calm.energy + 0.2);
  expect(busy.complexity).toBeGreaterThan(calm.complexity + 0.1);
  for (const { energy, complexity } of [calm, busy]) {
    expect(energy).toBeGreaterThanOrEqual(0);
    expect(energy).toBeLessThanOrEqual(1);
    expect(complexity).toBeGreaterThanOrEqual(0);
    expect(complexity).toBeLessThanOrEqual(1);
  }
});

it('gives the same for the same clip, by its hash or a part of it', async () => {
  const { hash } = await bench.file(noise(3));
  const first = await bench.run('analyse', { clip: hash });
  const fresh = await openStepBench(folder());
  await fresh.file(noise(3));
  const second = await fresh.run('analyse', { clip: hash.slice(0, 12) });
  await fresh.close();
  expect(second.output).toEqual(first.output);
});

it('refuses a clip that is not there', async () => {
  await expect(bench.run('analyse', { clip: 'abcdef0123' })).rejects.toMatchObject({ code: 'GRYM_CLIP_UNKNOWN' });
});

it('stops when the run is cancelled', async () => {
  const { hash } = await bench.file(noise(60));
  const controller = new AbortController();
  const running = bench.run('analyse', { clip: hash }, { signal: controller.signal, progress: () => controller.abort() });
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});
