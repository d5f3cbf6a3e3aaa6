import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClapEmbedder } from '../../../../daemon/models/clap/provider.js';
import { runner } from '../../../../daemon/models/clap/runner.js';
import type { Embedder } from '../../../../daemon/models/embed.js';
import type { ModelRunner } from '../../../../daemon/models/hosts/model-runner.js';
import { loadTokenizer, tokenBatch, tokenIds } from '../../../../daemon/models/hub-layout/token-ids.js';
import { distance, failureOf, FakeHosts, fixture, floats, free, hostedModel, io, settingsFor } from '../hearing/bench.js';

const PROMPT = 'dark analog bass loop, 120 bpm';
const LONG = 'slow warm pad with much reverb and little else '.repeat(12);
const notices: string[] = [];
let loaded: ModelRunner;
let embedder: Embedder;

beforeAll(async () => {
  loaded = await runner.load(settingsFor(fixture('clap-mini')));
  const onNotice = (sentence: string): number => notices.push(sentence);
  embedder = createClapEmbedder({ hosts: new FakeHosts(loaded), model: hostedModel('clap'), version: '1', onNotice });
});
afterAll(() => loaded.dispose());

const vectorOf = async (text: string): Promise<readonly number[]> => (await embedder.embedText?.(text, free()))?.vector ?? [];

test("words become the reference's vector, in the space of the audio, though they are not padded to the longest text", async () => {
  const embedding = await embedder.embedText?.(PROMPT, free());
  expect(embedding?.space).toBe(embedder.space);
  expect(distance(embedding?.vector ?? [], floats(join(fixture('clap-mini'), 'reference/text_embeds.bin')))).toBeLessThan(1e-5);
  expect(Math.hypot(...(embedding?.vector ?? []))).toBeCloseTo(1, 12);
  expect(notices).toEqual([]);
});

test('several texts at once are each as alone, whatever their lengths', async () => {
  const texts = [PROMPT, 'hi', LONG];
  const { tensors } = await loaded.run('embed-text', { texts }, {}, io());
  const { data, shape } = tensors['embeddings'] ?? { data: new Float32Array(0), shape: [] };
  expect(shape).toEqual([3, 32]);
  for (const [row, text] of texts.entries()) {
    expect(distance((data as Float32Array).subarray(row * 32, (row + 1) * 32), await vectorOf(text))).toBeLessThan(1e-5);
  }
});

test('a text that is too long is cut, which is said, and keeps its end token as in the reference', async () => {
  notices.length = 0;
  const vector = await vectorOf(LONG);
  expect(notices).toEqual([
    expect.stringMatching(
      /^The text "slow warm pad with much reverb and littl…" has \d+ tokens, and the model takes 77: its end was not heard\.$/,
    ),
  ]);
  expect(await vectorOf(`${LONG} and drums`)).toEqual(vector);
  const tokenizer = await loadTokenizer(fixture('clap-mini'));
  const { ids, count } = tokenIds(tokenizer, LONG, 77);
  expect(ids).toHaveLength(77);
  expect(count).toBeGreaterThan(77);
  expect([ids[0], ids.at(-1)]).toEqual([0, 2]);
  expect(ids.slice(0, 76)).toEqual(tokenizer.encode(LONG).slice(0, 76));
});

test('padding stands at the right, and the mask knows it', () => {
  const texts = [
    { ids: [0, 7, 2], count: 3 },
    { ids: [0, 2], count: 2 },
  ];
  expect(tokenBatch(texts, 1)).toEqual({
    ids: BigInt64Array.of(0n, 7n, 2n, 0n, 2n, 1n),
    mask: BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 0n),
    shape: [2, 3],
  });
  expect(tokenBatch(texts, 1, 4).shape).toEqual([2, 4]);
});

test('no text, an empty one, too many are refused', async () => {
  const refusal = (texts: string[]): Promise<string> => failureOf(loaded.run('embed-text', { texts }, {}, io()));
  expect(await refusal([])).toMatch(/GRYM_MODEL_TASK_INVALID/);
  expect(await refusal(['bass', '  '])).toMatch(/expected a text that is not empty.*texts\[1\]/);
  expect(await refusal(Array.from({ length: 65 }, () => 'bass'))).toMatch(/texts/);
});
