import { beforeAll, describe, expect, test } from '@jest/globals';
import { sourceOf } from '../../../../daemon/audio/index.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';
import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { unitVector } from '../../../../daemon/models/signal/vectors.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import { likeliestClasses, runsOf, transcriptionOf } from '../../../../daemon/models/wav2vec2/ctc.js';
import { framesOf, readWav2Vec2Folder } from '../../../../daemon/models/wav2vec2/layout.js';
import { levelOf, normalised, Wav2Vec2Model } from '../../../../daemon/models/wav2vec2/model.js';
import { piecesOf } from '../../../../daemon/models/wav2vec2/pieces.js';
import { createWav2Vec2Embedder, createWav2Vec2Transcriber } from '../../../../daemon/models/wav2vec2/provider.js';
import { loadWav2Vec2, runner } from '../../../../daemon/models/wav2vec2/runner.js';
import { distance, FakeHosts, fakeGraphs, fixture, free, hostedModel, settingsFor, wandering, type FakeGraph } from '../hearing/bench.js';

// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { floor } = Math;
const WAVES = Array.from({ length: 48 }, (_, index) => [Math.cos(index), Math.sin(index)] as const);

const folder = readWav2Vec2Folder(fixture('wav2vec2-mini'));
const RATE = 16_000;

/** Each frame is a function of its own 400 samples only: its mean decides the letter, and with its place in the frame all values. */
const localGraph: FakeGraph = {
  ...{ inputs: ['input_values'], outputs: ['logits', 'last_hidden_state'] },
  run: (feeds): Tensors => {
    const values = feeds['input_values']?.data as Float32Array;
    const frames = framesOf(values.length, folder);
    const hidden = new Float32Array(frames * 48);
    const logits = new Float32Array(frames * 32);
    for (let frame = 0; frame < frames; frame += 1) {
      const own = values.subarray(frame * 320, frame * 320 + 400);
      const { mean, variance } = levelOf(own);
      WAVES.forEach(([a, b], index) => (hidden[frame * 48 + index] = a * mean + b * variance));
      logits[frame * 32 + (floor(variance * 3) % 32)] = 1;
    }
    return {
      logits: { type: 'float32', shape: [1, frames, 32], data: logits },
      last_hidden_state: { type: 'float32', shape: [1, frames, 48], data: hidden },
    };
  },
};

/** What one run over all of the audio gives. */
async function whole(model: Wav2Vec2Model, samples: Float32Array): Promise<{ vector: number[]; text: ReturnType<typeof transcriptionOf> }> {
  const { hidden, logits } = await model.run(normalised(samples, levelOf(samples)), 1);
  const sum = new Float64Array(48);
  hidden?.data.forEach((value, index) => (sum[index % 48] = (sum[index % 48] ?? 0) + value));
  const { vocabulary } = folder;
  if (logits === null || vocabulary === null) throw new Error('the fixture writes words');
  return {
    vector: [...unitVector(sum)],
    text: transcriptionOf(runsOf(likeliestClasses(logits.data, 32), vocabulary, 0.02), samples.length / RATE),
  };
}

test.each([
  [30, 1],
  [30.001, 2],
  [40, 2],
  [75.5, 4],
  [100.01, 6],
])('%d s are %d pieces whose kept parts are the whole, each moment once', (seconds, count) => {
  const audio = wandering(seconds, 1_000, 2);
  const pieces = piecesOf(sourceOf(audio));
  expect(pieces).toHaveLength(count);
  const kept = pieces.flatMap(({ startFrame, frames, skipSeconds, keepSeconds }) => {
    const from = (startFrame + skipSeconds * 1_000) * 2;
    return [...audio.samples.subarray(from, keepSeconds === null ? (startFrame + frames) * 2 : from + keepSeconds * 2_000)];
  });
  expect(Buffer.from(Float32Array.from(kept).buffer).equals(Buffer.from(audio.samples.buffer))).toBe(true);
  for (const { frames } of pieces) expect(frames).toBeLessThanOrEqual(30_000);
});

describe('where a frame knows only its own sound, pieces give what the whole gives', () => {
  const graphs = fakeGraphs({ model: localGraph });
  let local: ModelRunner;
  let model: Wav2Vec2Model;

  beforeAll(async () => {
    local = await loadWav2Vec2(settingsFor(folder.path), graphs.open);
    model = await Wav2Vec2Model.open(settingsFor(folder.path), graphs.open);
  });

  test.each([30.5, 50.013])('%d s: the vector within 1e-6, letters, words and times exactly', async (seconds) => {
    const audio = wandering(seconds, RATE);
    const hosts = new FakeHosts(local);
    const parts = { hosts, model: hostedModel('wav2vec2'), version: '1' };
    const expected = await whole(model, audio.samples);
    const embedding = await createWav2Vec2Embedder(parts).embed(sourceOf(audio), free());
    expect(distance(embedding?.vector ?? [], expected.vector)).toBeLessThan(1e-6);
    expect(hosts.calls.length).toBeGreaterThan(2);
    const written = await createWav2Vec2Transcriber(parts).transcribe(sourceOf(audio), free());
    expect(written.text).toBe(expected.text.text);
    expect(written.text.length).toBeGreaterThan(50);
    expect(written.words.map(({ word }) => word)).toEqual(expected.text.words.map(({ word }) => word));
    for (const [index, { startSeconds, endSeconds }] of written.words.entries()) {
      expect(startSeconds).toBeCloseTo(expected.text.words[index]?.startSeconds ?? NaN, 9);
      expect(endSeconds).toBeCloseTo(expected.text.words[index]?.endSeconds ?? NaN, 9);
    }
  });

  test('progress goes up to 1, and cancelling between two pieces ends the work', async () => {
    const fractions: number[] = [];
    const stop = new AbortController();
    const parts = { hosts: new FakeHosts(local), model: hostedModel('wav2vec2'), version: '1' };
    await createWav2Vec2Embedder(parts).embed(sourceOf(wandering(31, RATE)), {
      ...free(),
      onProgress: (fraction) => fractions.push(fraction),
    });
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1, 9);
    const work = createWav2Vec2Embedder(parts).embed(sourceOf(wandering(31, RATE)), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  });
});

test('a real model, whose frames attend to all others: vectors of pieces and of the whole are 1 % apart at most', async () => {
  const real = await runner.load(settingsFor(folder.path));
  const model = await Wav2Vec2Model.open(settingsFor(folder.path), openGraph);
  try {
    const audio = wandering(36, RATE);
    const embedding = await createWav2Vec2Embedder({ hosts: new FakeHosts(real), model: hostedModel('wav2vec2'), version: '1' }).embed(
      sourceOf(audio),
      free(),
    );
    expect(distance(embedding?.vector ?? [], (await whole(model, audio.samples)).vector)).toBeLessThan(0.01);
  } finally {
    await model.release();
    await real.dispose();
  }
});
