// Audio that is longer than memory allows: what is read of it at once, what is held of it, and that it is heard as if all of it had been there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from '@jest/globals';
import { createAudioWorkshop, openSourceFile, sourceOf, type AudioSource, type DecodedPart } from '../../../../daemon/audio/index.js';
import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { createClapEmbedder } from '../../../../daemon/models/clap/provider.js';
import type { ModelCall, ModelHosts } from '../../../../daemon/models/hosts/model-hosts.js';
import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import type { Transcription } from '../../../../daemon/models/transcribe.js';
import { createWav2Vec2Embedder, createWav2Vec2Transcriber } from '../../../../daemon/models/wav2vec2/provider.js';
import { runner } from '../../../../daemon/models/wav2vec2/runner.js';
import { FakeHosts, fixture, free, hostedModel, settingsFor, wandering } from './bench.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const workshop = createAudioWorkshop();
const folder = mkdtempSync(join(tmpdir(), 'grym-long-'));
afterAll(async () => {
  await workshop.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const RATE = 48_000;
const MINUTES = 40;
const FRAMES = MINUTES * 60 * RATE;

interface Read {
  readonly startFrame: number;
  readonly frames: number;
  /** Reads before it whose samples somebody still holds. */
  readonly held: number;
}

/** A file of 40 minutes at 48 kHz in two channels, 920 MB as samples, that is made as it is read. */
function longFile(): { workshop: Parameters<typeof openSourceFile>[0]; reads: Read[] } {
  const reads: Read[] = [];
  const given: WeakRef<Float32Array>[] = [];
  const decodePart = async (_path: string, { startFrame, frames }: { startFrame: number; frames: number }): Promise<DecodedPart> => {
    // What a weak reference has shown is kept until the turn ends. Collecting takes long beside all the rest, so not each time.
    await setImmediate();
    const isLookedAt = reads.length % 20 === 3;
    if (isLookedAt) collectGarbage();
    const held = isLookedAt ? given.filter((reference) => reference.deref() !== undefined).length : 0;
    reads.push({ startFrame, frames, held });
    const samples = new Float32Array(frames * 2);
    given.push(new WeakRef(samples));
    return { samples, sampleRate: RATE, channels: 2, totalFrames: FRAMES, format: 'WAV', tags: {}, notices: [] };
  };
  return { workshop: { decodePart }, reads };
}

/** Says one letter of each piece, by its place; keeps nothing of what it is sent. */
class ForgetfulHosts implements Pick<ModelHosts, 'call'> {
  readonly pieces: { task: string; frames: number; params: JsonObject }[] = [];

  async call(_model: unknown, { task, params, tensors }: ModelCall): ReturnType<ModelHosts['call']> {
    const [frames = 0] = tensors?.['audio']?.shape ?? [];
    this.pieces.push({ task, frames, params });
    await setImmediate();
    const letter = { text: 'AB'[this.pieces.length % 2] ?? '', startSeconds: 7, endSeconds: 7.02 };
    const results: Record<string, { result: JsonObject; tensors?: Tensors }> = {
      level: { result: { samples: frames, mean: 0, variance: 1, peak: 1 } },
      transcribe: { result: { frameSeconds: 0.02, runs: [letter] } },
      features: {
        result: { frames: 1, peak: 1 },
        tensors: { sum: { type: 'float64', shape: [2], data: Float64Array.of(1, 0) } },
      },
      'embed-audio': { result: { windows: 1 }, tensors: { sum: { type: 'float64', shape: [2], data: Float64Array.of(1, 0) } } },
    };
    const { result, tensors: answer = {} } = results[task] ?? { result: {} };
    return { result, tensors: answer, retries: 0 };
  }
}

async function heardOf(
  listen: (source: AudioSource, hosts: Pick<ModelHosts, 'call'>) => Promise<unknown>,
): Promise<{ reads: Read[]; pieces: ForgetfulHosts['pieces']; heard: unknown }> {
  const file = longFile();
  const hosts = new ForgetfulHosts();
  const source = await openSourceFile(file.workshop, '/a/long.wav', free());
  const shape = file.reads.splice(0);
  expect(shape).toEqual([{ startFrame: 0, frames: 1, held: 0 }]);
  const heard = await listen(source, hosts);
  return { reads: file.reads, pieces: hosts.pieces, heard };
}

/** Every frame lies in some read: each begins where those before it have ended, or before. */
function coverage(reads: readonly Read[]): number {
  return reads.reduce((end, { startFrame, frames }) => (startFrame <= end ? Math.max(end, startFrame + frames) : end), 0);
}

const largest = (reads: readonly Read[]): number => Math.max(...reads.map(({ frames }) => frames));

test.each([
  ['transcribed', createWav2Vec2Transcriber, 'transcribe'],
  ['turned into a vector', createWav2Vec2Embedder, 'features'],
] as const)('40 minutes are %s by wav2vec2 half a minute at a time, twice, and never more is held', async (_, create, task) => {
  const { reads, pieces, heard } = await heardOf(async (source, hosts) => {
    const model = create({ hosts, model: hostedModel('wav2vec2'), version: '1' });
    return 'transcribe' in model ? model.transcribe(source, free()) : model.embed(source, free());
  });
  expect(largest(reads)).toBeLessThanOrEqual(30 * RATE);
  const [levels, listened] = [reads.slice(0, 120), reads.slice(120)];
  expect(levels).toHaveLength(120);
  expect(listened.map(({ startFrame, frames }) => [startFrame, frames])).toEqual(
    levels.map(({ startFrame, frames }) => [startFrame, frames]),
  );
  expect(coverage(levels)).toBe(FRAMES);
  expect(reads.filter(({ held }) => held > 0)).toEqual([]);
  expect(pieces.map(({ frames }) => frames)).toEqual(reads.map(({ frames }) => frames));
  expect(new Set(pieces.slice(120).map((piece) => piece.task))).toEqual(new Set([task]));
  // What is said late has its time in the whole.
  if (task === 'transcribe') expect((heard as Transcription).words.at(-1)?.endSeconds).toBeCloseTo(119 * 20 - 5 + 7.02, 6);
});

test('CLAP hears 40 minutes a minute at a time, once, and never more is held', async () => {
  const { reads } = await heardOf((source, hosts) =>
    createClapEmbedder({ hosts, model: hostedModel('clap'), version: '1' }).embed(source, free()),
  );
  expect(reads).toHaveLength(MINUTES);
  expect(largest(reads)).toBeLessThanOrEqual(60 * RATE);
  expect(reads.reduce((sum, { frames }) => sum + frames, 0)).toBe(FRAMES);
  expect(coverage(reads)).toBe(FRAMES);
  expect(reads.filter(({ held }) => held > 0)).toEqual([]);
});

test('a real model hears a file by parts exactly as it hears the buffer in memory', async () => {
  const audio = wandering(61.7, 22_050, 2);
  const path = join(folder, 'real.wav');
  await workshop.encode(audio, { path, format: 'wav-float32', tags: {} }, free());
  const source = await openSourceFile(workshop, path, free());
  const loaded = await runner.load(settingsFor(fixture('wav2vec2-mini')));
  const parts = { hosts: new FakeHosts(loaded), model: hostedModel('wav2vec2'), version: '1' };
  try {
    const transcriber = createWav2Vec2Transcriber(parts);
    const written = await transcriber.transcribe(source, free());
    expect(written.text.length).toBeGreaterThan(100);
    expect(written).toEqual(await transcriber.transcribe(sourceOf(audio), free()));
    const embedder = createWav2Vec2Embedder(parts);
    expect(await embedder.embed(source, free())).toEqual(await embedder.embed(sourceOf(audio), free()));
  } finally {
    await loaded.dispose();
  }
});

test('a file that is gone in the middle ends the work with its name', async () => {
  const path = join(folder, 'gone.wav');
  await workshop.encode(wandering(50, 8_000), { path, format: 'wav-16', tags: {} }, free());
  const source = await openSourceFile(workshop, path, free());
  const hosts = new ForgetfulHosts();
  const work = createWav2Vec2Transcriber({ hosts, model: hostedModel('wav2vec2'), version: '1' }).transcribe(source, {
    ...free(),
    onProgress: () => rmSync(path, { force: true }),
  });
  await expect(work).rejects.toMatchObject({ code: 'GRYM_AUDIO_FILE_UNREADABLE', details: { path } });
  expect(hosts.pieces).toHaveLength(1);
});
