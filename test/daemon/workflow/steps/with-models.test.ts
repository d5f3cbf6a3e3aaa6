import { GrymError } from '../../../../daemon/kernel/index.js';
import { builtInRoles, Roles } from '../../../../daemon/models/index.js';
import { createAudioWorkshop } from '../../../../daemon/audio/index.js';
import { FakeModelGenerator, FakeProviderSource, fakeTranscriber, fakeWordEmbedder } from '../../doubles/fake-model.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { silence, sound, tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
const settings = { generateDeadlineMs: 30_000 };
const MODEL = { provider: { provider: 'audioldm-test', version: 'weights-1' } };
const FACTS = { loop: true, bars: 2, quarterNotes: 8, tempoBpm: 120, key: 'A minor', name: 'riff' };
const riff = sound(4, (at) => 0.3 * Math.exp(-(at % 0.5) * 4) * Math.sin(2 * Math.PI * 110 * at));

let bench: StepBench;
let generator: FakeModelGenerator;
let source: FakeProviderSource;
beforeEach(async () => {
  generator = new FakeModelGenerator();
  source = new FakeProviderSource();
  source.set({ generators: [generator], transcribers: [fakeTranscriber] });
  const workshop = createAudioWorkshop();
  bench = await openStepBench(folder(), { workshop, roles: new Roles(builtInRoles(workshop), source) });
  Object.assign(bench.services, { settings });
});
afterEach(() => bench.close());

const samplesOf = async (hash: string): Promise<Float32Array> =>
  (await bench.workshop.decode(bench.library.get(hash).path, { signal: new AbortController().signal })).samples;

describe('vary with a model', () => {
  it('remakes the whole clip by the words, with the strength, and keeps what is known of its music', async () => {
    const { hash } = await bench.file(riff, FACTS);
    const { output, explanation } = await bench.run('vary', { clip: hash, seed: 3, strength: 0.6, prompt: 'dark choir' }, MODEL);
    expect(generator.asked).toEqual([
      expect.objectContaining({ prompt: 'dark choir', strength: 0.6, seed: 3, tempoBpm: 120, key: 'A minor', sampleRate: 48_000 }),
    ]);
    expect(bench.library.get(output.clip)).toMatchObject({
      ...{ provider: 'audioldm-test', providerVersion: 'weights-1', prompt: 'dark choir', name: 'riff, remade' },
      ...{ tempoBpm: 120, bars: 2, quarterNotes: 8, key: 'A minor', loop: true, frames: 192_000 },
    });
    expect(explanation).toContain('Remade by audioldm-test with strength 0.6.');
  });

  it('takes words for what was measured where none are given, and says so', async () => {
    const { hash } = await bench.file(riff, FACTS);
    const { output } = await bench.run('vary', { clip: hash, seed: 3 }, MODEL);
    const [{ prompt } = { prompt: '' }] = generator.asked;
    expect(prompt).not.toBe('');
    expect(output.changes[1]).toBe(`Words: “${prompt}”, from what was measured of the clip, since none were given.`);
  });

  it('has no words for silence', async () => {
    const { hash } = await bench.file(silence(2), FACTS);
    await expect(bench.run('vary', { clip: hash, seed: 3 }, MODEL)).rejects.toThrow('there is nothing in it to work with');
  });

  it('is tried with another provider where the model was removed meanwhile', async () => {
    const { hash } = await bench.file(riff, FACTS);
    source.set({ generators: [] });
    await expect(bench.run('vary', { clip: hash, seed: 3 }, MODEL)).rejects.toMatchObject({
      code: 'GRYM_PROVIDER_GONE',
      kind: 'transient',
    });
  });
});

test('continue with a model hands back the new part only, of whole bars', async () => {
  const { hash } = await bench.file(riff, FACTS);
  const { output } = await bench.run('continue', { clip: hash, seed: 5, bars: 1, prompt: 'more' }, MODEL);
  expect(generator.asked[0]).toMatchObject({ fromSeconds: 4, toSeconds: 6, prompt: 'more' });
  expect(bench.library.get(output.clip)).toMatchObject({ frames: 96_000, bars: 1, quarterNotes: 4, loop: true, tempoBpm: 120 });
});

describe('inpaint', () => {
  it('makes the part anew and leaves every other sample as it was', async () => {
    const { hash } = await bench.file(riff, FACTS);
    const { output } = await bench.run('inpaint', { clip: hash, seed: 2, fromBeat: 2, toBeat: 4, prompt: 'a bell' }, MODEL);
    const [before, after] = [await samplesOf(hash), await samplesOf(output.clip)];
    const [from, to] = [48_000 * 2, 96_000 * 2];
    expect(after.length).toBe(before.length);
    expect(after.subarray(0, from)).toEqual(before.subarray(0, from));
    expect(after.subarray(to)).toEqual(before.subarray(to));
    const changed = after.subarray(from, to).reduce((count, sample, index) => count + Number(sample !== before[from + index]), 0);
    expect(changed).toBeGreaterThan(0.95 * (to - from));
    expect(generator.asked[0]).toMatchObject({ fromSeconds: 1, toSeconds: 2 });
  });

  it('has no jump at the edges of the part', async () => {
    const { hash } = await bench.file(tone(110, 4), FACTS);
    const { output } = await bench.run('inpaint', { clip: hash, seed: 2, fromBeat: 2, toBeat: 4, prompt: 'a bell' }, MODEL);
    const samples = await samplesOf(output.clip);
    const steepest = (from: number, to: number): number => {
      let most = 0;
      for (let frame = from; frame < to; frame += 1)
        most = Math.max(most, Math.abs((samples[frame * 2 + 2] ?? 0) - (samples[frame * 2] ?? 0)));
      return most;
    };
    const inside = steepest(50_000, 90_000);
    expect(steepest(47_000, 49_000)).toBeLessThanOrEqual(inside * 1.2);
    expect(steepest(95_000, 97_000)).toBeLessThanOrEqual(inside * 1.2);
  });

  it('refuses a part that is empty or lies behind the end', async () => {
    const { hash } = await bench.file(riff, FACTS);
    const ask = (fromBeat: number, toBeat: number): Promise<unknown> =>
      bench.run('inpaint', { clip: hash, seed: 2, fromBeat, toBeat, prompt: 'a bell' }, MODEL);
    await expect(ask(4, 4)).rejects.toMatchObject({ code: 'GRYM_STEP_INPUT_INVALID' });
    await expect(ask(9, 12)).rejects.toThrow('the clip has 8.00 beats');
  });
});

test('transcribe writes down the words with their times', async () => {
  const { hash } = await bench.file(riff, FACTS);
  const { output, explanation } = await bench.run('transcribe', { clip: hash }, { provider: { provider: 'wav2vec2-test', version: '1' } });
  expect(output).toMatchObject({ clip: hash, text: 'here we go', provider: 'wav2vec2-test' });
  expect(explanation).toEqual(['wav2vec2-test understood 3 words: “here we go”']);
});

describe('rank with a model that knows words', () => {
  const quietAndLoud = async (): Promise<{ quiet: string; loud: string }> => ({
    quiet: (await bench.file(tone(440, 2, 0.02), { ...FACTS, name: 'quiet' })).hash,
    loud: (await bench.file(tone(440, 2, 0.9), { ...FACTS, name: 'loud' })).hash,
  });

  it('orders by how near the clips are to the words', async () => {
    source.set({ embedders: [fakeWordEmbedder()] });
    const { quiet, loud } = await quietAndLoud();
    const best = async (prompt: string): Promise<string> => (await bench.run('rank', { clips: [quiet, loud], prompt })).output.best;
    expect(await best('very loud')).toBe(loud);
    expect(await best('a whisper')).toBe(quiet);
  });

  it('goes on with the next embedder where the preferred one fails, and says which and why', async () => {
    source.set({ embedders: [fakeWordEmbedder(() => new GrymError('GRYM_MODEL_FAULT', { model: 'clap-test', reason: 'out of tune' }))] });
    const { quiet, loud } = await quietAndLoud();
    const { output, explanation } = await bench.run('rank', { clips: [quiet, loud], prompt: 'loud', reference: loud });
    expect(output.best).toBe(loud);
    expect(explanation).toContain(
      'Not compared by clap-test, which failed (The model clap-test failed: out of tune.), but by descriptors.',
    );
  });
});
