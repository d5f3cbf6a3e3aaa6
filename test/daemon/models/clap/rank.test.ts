import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClapEmbedder, createClapRanker } from '../../../../daemon/models/clap/provider.js';
import { ranked } from '../../../../daemon/models/clap/ranking.js';
import { runner } from '../../../../daemon/models/clap/runner.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';
import { cosine } from '../../../../daemon/models/signal/vectors.js';
import { failureOf, FakeHosts, fixture, free, hostedModel, io, settingsFor, silence, wandering } from '../hearing/bench.js';

let loaded: ModelRunner;

beforeAll(async () => {
  loaded = await runner.load(settingsFor(fixture('clap-mini')));
});
afterAll(() => loaded.dispose());

test('candidates come by their cosine with the prompt, silence last, with shares by the logit scale', async () => {
  const parts = { hosts: new FakeHosts(loaded), model: hostedModel('clap'), version: '1' };
  const candidates = [wandering(1, 48_000), silence(1), wandering(3, 16_000, 2), wandering(10.5, 48_000)];
  const fractions: number[] = [];
  const ranking = await createClapRanker(parts)('dark bass', candidates, { ...free(), onProgress: (fraction) => fractions.push(fraction) });
  const embedder = createClapEmbedder(parts);
  const prompt = (await embedder.embedText?.('dark bass', free()))?.vector ?? [];
  const expected = await Promise.all(
    candidates.map(async (audio) => {
      const embedding = await embedder.embed(audio, free());
      return embedding === null ? null : cosine(embedding.vector, prompt);
    }),
  );
  expect(ranking.map(({ candidate }) => candidate).sort()).toEqual([0, 1, 2, 3]);
  for (const { candidate, similarity } of ranking.slice(0, 3)) expect(similarity).toBeCloseTo(expected[candidate] ?? NaN, 6);
  const order = ranking.slice(0, 3).map(({ similarity }) => similarity ?? NaN);
  expect(order).toEqual([...order].sort((a, b) => b - a));
  expect(ranking[3]).toEqual({ candidate: 1, similarity: null, share: null });
  expect(ranking.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1, 12);
  expect((ranking[0]?.share ?? 0) / (ranking[2]?.share ?? 1)).toBeCloseTo(
    Math.exp(14.285714285714285 * ((order[0] ?? 0) - (order[2] ?? 0))),
    6,
  );
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});

describe('ranking', () => {
  test('equals keep the order in which they were given', () => {
    expect(ranked([0.1, 0.5, 0.5, null, 0.1], null).map(({ candidate }) => candidate)).toEqual([1, 2, 0, 4, 3]);
  });

  test('no logit scale, no shares; only silence, no shares either', () => {
    expect(ranked([0.2], null)).toEqual([{ candidate: 0, similarity: 0.2, share: null }]);
    expect(ranked([null, null], 10)).toEqual([
      { candidate: 0, similarity: null, share: null },
      { candidate: 1, similarity: null, share: null },
    ]);
  });
});

test('no candidate, and one without audio, are refused', async () => {
  expect(await failureOf(loaded.run('rank', { prompt: 'bass', sampleRates: [] }, {}, io()))).toMatch(/GRYM_MODEL_TASK_INVALID/);
  expect(await failureOf(loaded.run('rank', { prompt: 'bass', sampleRates: [48_000] }, {}, io()))).toMatch(/got nothing/);
});
