import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { A_MINOR, chords, clicks, noise, silence, tone } from './support/sounds.js';
import { openStepBench, type SomeOutput, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

const clipOf = async (...args: Parameters<StepBench['file']>): Promise<string> => (await bench.file(...args)).hash;
const order = (output: SomeOutput): string[] => output.ranked.map(({ clip }) => clip);

it('puts the clip at the tempo first, and says how far off the others are', async () => {
  const [slow, right, near] = [await clipOf(clicks(90, 8)), await clipOf(clicks(128, 8)), await clipOf(clicks(120, 8))];
  const { output, explanation } = await bench.run('rank', { clips: [slow, right, near], tempoBpm: 128 });
  expect(order(output)).toEqual([right, near, slow]);
  expect(output.best).toBe(right);
  expect(output.ranked[0].score).toBeGreaterThan(0.95);
  expect(output.ranked[2].parts.tempo).toBe(0);
  expect(output.ranked[1].reasons[0]).toMatch(/^Tempo 120\.\d bpm \(measured\), 6\.\d % off 128 bpm\.$/);
  expect(explanation[0]).toContain('Judged by tempo');
});

it('takes half the tempo for the same', async () => {
  const clip = await clipOf(clicks(64, 10));
  expect((await bench.run('rank', { clips: [clip], tempoBpm: 128 })).output.score).toBeGreaterThan(0.9);
});

it('counts a relative key in full and a far one for nothing', async () => {
  const audio = chords(A_MINOR, 12);
  const clip = await clipOf(audio);
  const keyPart = async (key: string): Promise<number> => (await bench.run('rank', { clips: [clip], key })).output.ranked[0].parts.key;
  expect(await keyPart('C major')).toBe(1);
  expect(await keyPart('E minor')).toBeCloseTo(5 / 6, 3);
  expect(await keyPart('Eb minor')).toBe(0);
});

it('ranks by loudness', async () => {
  const [quiet, loud] = [await clipOf(tone(500, 3, 0.03)), await clipOf(tone(500, 3, 0.3))];
  expect(order((await bench.run('rank', { clips: [quiet, loud], loudnessLufs: -30 })).output)).toEqual([quiet, loud]);
  expect(order((await bench.run('rank', { clips: [quiet, loud], loudnessLufs: -10 })).output)).toEqual([loud, quiet]);
});

it('ranks by energy', async () => {
  const [calm, driving] = [await clipOf(tone(150, 5, 0.02)), await clipOf(clicks(300, 5, 0.9))];
  expect(order((await bench.run('rank', { clips: [calm, driving], energy: 1 })).output)[0]).toBe(driving);
  expect(order((await bench.run('rank', { clips: [calm, driving], energy: 0 })).output)[0]).toBe(calm);
});

it('ranks by similarity to a reference, and gives that of the best', async () => {
  const reference = await clipOf(tone(110, 4));
  const [like, unlike] = [await clipOf(tone(116, 4)), await clipOf(noise(4))];
  const { output } = await bench.run('rank', { clips: [unlike, like], reference });
  expect(output.best).toBe(like);
  expect(output.similarity).toBe(output.ranked[0].parts.similarity);
  expect(output.ranked[0].parts.similarity).toBeGreaterThan(output.ranked[1].parts.similarity);
  expect((await bench.run('rank', { clips: [reference], reference })).output.similarity).toBe(1);
});

it('counts the words of a prompt that can be measured, and says which are met', async () => {
  const [dark, bright] = [await clipOf(tone(90, 4)), await clipOf(noise(4))];
  const { output } = await bench.run('rank', { clips: [bright, dark], prompt: 'a dark, tonal thing with soul' });
  expect(output.best).toBe(dark);
  expect(output.ranked[0].parts.prompt).toBe(1);
  expect(output.ranked[0].reasons[0]).toBe('It is dark, tonal, as the prompt says.');
  expect(output.ranked[1].reasons[0]).toContain('it is not dark or tonal');
});

it('does not count a prompt without such words', async () => {
  const { output } = await bench.run('rank', { clips: [await clipOf(noise(2))], prompt: 'something with soul' });
  expect(output.ranked[0]).toMatchObject({
    score: 0.5,
    parts: { prompt: null },
    reasons: ['The prompt has no word that can be measured, so it does not count.'],
  });
});

it('weighs the targets', async () => {
  const [atTempo, atLevel] = [await clipOf(clicks(128, 8, 0.05)), await clipOf(clicks(100, 8, 0.9))];
  const level = (await bench.run('analyse', { clip: atLevel })).output.loudnessLufs;
  const targets = { clips: [atTempo, atLevel], tempoBpm: 128, loudnessLufs: Math.round(level) };
  expect((await bench.run('rank', { ...targets, weights: { tempo: 10, loudness: 0.1 } })).output.best).toBe(atTempo);
  expect((await bench.run('rank', { ...targets, weights: { tempo: 0.1, loudness: 10 } })).output.best).toBe(atLevel);
});

it('puts silence last, with a score of 0', async () => {
  const [silent, sounding] = [await clipOf(silence(3)), await clipOf(clicks(60, 5))];
  const { output } = await bench.run('rank', { clips: [silent, sounding], tempoBpm: 200 });
  expect(order(output)).toEqual([sounding, silent]);
  expect(output.ranked[1]).toMatchObject({ score: 0, reasons: ['It is silent.'] });
});

it('leaves clips in their order where there is no target, and says so', async () => {
  const clips = [await clipOf(noise(1)), await clipOf(tone(100, 1)), await clipOf(tone(900, 1))];
  const { output, explanation } = await bench.run('rank', { clips });
  expect(order(output)).toEqual(clips);
  expect(explanation[0]).toContain('No target was given');
});

it('judges a clip that is named twice once', async () => {
  const clip = await clipOf(noise(1));
  expect((await bench.run('rank', { clips: [clip, clip.slice(0, 12)] })).output.ranked).toHaveLength(1);
});

it('refuses a key that is none', async () => {
  await expect(bench.run('rank', { clips: [await clipOf(chords(A_MINOR, 8))], key: 'H flat' })).rejects.toMatchObject({
    code: 'GRYM_PROMPT_KEY_UNKNOWN',
  });
});

it('stops when the run is cancelled', async () => {
  const clips = [await clipOf(noise(30)), await clipOf(noise(31))];
  const controller = new AbortController();
  const running = bench.run('rank', { clips, loudnessLufs: -14 }, { signal: controller.signal, progress: () => controller.abort() });
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});
