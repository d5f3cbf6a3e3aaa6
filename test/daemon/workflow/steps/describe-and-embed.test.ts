import { DESCRIBER_WORDS, similarityOf } from '../../../../daemon/models/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { A_MINOR, chords, clicks, noise, silence, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

const run = async (step: string, audio: Parameters<StepBench['file']>[0]): ReturnType<StepBench['run']> =>
  bench.run(step, { clip: (await bench.file(audio)).hash });

describe('describe', () => {
  it('says what is measured, each word with its figure', async () => {
    const { output, items, explanation } = await run('describe', tone(100, 4, 0.3));
    expect(output.tags).toEqual(expect.arrayContaining(['dark', 'tonal', 'bass-heavy', 'mono']));
    expect(output.reasons).toContainEqual({
      word: 'dark',
      reason: expect.stringMatching(/^the centre of its spectrum lies at \d+ Hz$/) as string,
    });
    expect(items[0]).toMatchObject({ field: 'detectedPatterns', rank: 'analysis', value: expect.arrayContaining(['dark']) as string[] });
    expect(explanation[0]).toContain('no model');
    expect(output.provider).toBe('descriptors');
  });

  it('tells unlike sounds by unlike words', async () => {
    const bright = (await run('describe', noise(4))).output.tags;
    const struck = (await run('describe', clicks(100, 6))).output.tags;
    expect(bright).toEqual(expect.arrayContaining(['bright', 'noisy']));
    expect(struck).not.toContain('tonal');
    expect(bright).not.toContain('dark');
  });

  it('says of silence that it is silent', async () => {
    expect((await run('describe', silence(2))).output).toMatchObject({ text: '2.0 s of silence.', tags: ['silent'] });
  });

  it('uses only words that the ranking knows', async () => {
    const sounds = [tone(60, 3), tone(8_000, 3, 0.9), noise(3, 0.01), clicks(200, 5), chords(A_MINOR, 8)];
    const words = (await Promise.all(sounds.map((sound) => run('describe', sound)))).flatMap(({ output }) => output.tags as string[]);
    expect(words.filter((word) => !DESCRIBER_WORDS.has(word))).toEqual([]);
    expect(new Set(words).size).toBeGreaterThan(6);
  });
});

describe('embed', () => {
  it('puts sounds that are alike nearer than sounds that are not', async () => {
    const vectorOf = async (audio: Parameters<StepBench['file']>[0]): Promise<readonly number[]> =>
      (await run('embed', audio)).output.vector;
    const low = await vectorOf(tone(110, 4));
    const near = await vectorOf(tone(117, 4));
    const struck = await vectorOf(clicks(150, 4));
    expect(similarityOf(low, low)).toBe(1);
    expect(similarityOf(low, near)).toBeGreaterThan(similarityOf(low, struck));
  });

  it('names its space, which is that of this build of the workshop', async () => {
    const { output } = await run('embed', noise(2));
    expect(output.space).toBe(`grym-descriptors/${bench.workshop.version}`);
    expect(output.vector.every(Number.isFinite)).toBe(true);
  });

  it('refuses silence', async () => {
    await expect(run('embed', silence(2))).rejects.toMatchObject({ code: 'GRYM_CLIP_SILENT' });
  });
});

it('vectors of other lengths are never compared', () => {
  expect(() => similarityOf([1, 2], [1])).toThrow(RangeError);
});
