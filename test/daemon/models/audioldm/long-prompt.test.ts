import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINI, openMini } from './mini-model.js';

const LIMIT = 77;
const idle = { signal: new AbortController().signal, progress: () => undefined, emit: () => undefined };

/** The tokens that the text encoder was given for a prompt. */
async function tokensOf(prompt: string): Promise<number[]> {
  const { runner, runs } = await openMini();
  const params = { prompt, seconds: 0.16, steps: 1, guidanceScale: 1, seed: 1, candidates: 1 };
  await runner.run('generate', params, {}, idle);
  await runner.dispose();
  const feeds = runs.find(({ graph }) => graph === 'text_encoder')?.feeds['input_ids'];
  return feeds?.type === 'int64' ? [...feeds.data].map(Number) : [];
}

test('a prompt that is too long loses words at its end, never the token that ends it', async () => {
  const { model } = JSON.parse(readFileSync(join(MINI, 'tokenizer', 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number> };
  };
  const end = model.vocab['</s>'];
  const whole = await tokensOf('short');
  const cut = await tokensOf('a very long story of a sound '.repeat(20));
  expect(cut).toHaveLength(LIMIT);
  expect(cut.at(-1)).toBe(end);
  expect(cut[0]).toBe(whole[0]);
  expect(cut.slice(0, -1)).not.toContain(end);
});
