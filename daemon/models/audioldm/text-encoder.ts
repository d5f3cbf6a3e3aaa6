// Loads the tokenizers, and onnxruntime with them: only model hosts import this file.
import { join } from 'node:path';
import { loadTokenizer, tokenBatch, tokenIds } from '../hub-layout/token-ids.js';
import type { AudioLdmGraphs } from './graphs.js';
import type { AudioLdmFolder } from './layout.js';

export interface Tokens {
  /** Padded to the longest prompt that the model takes. */
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
  /** That the prompt has, those at its ends included; more than `ids` holds where it was cut. */
  readonly count: number;
}

export interface TextEncoder {
  tokenize(text: string): Tokens;
  /** Of each text, one after another: its embedding with the length 1. */
  embed(texts: readonly Tokens[], signal?: AbortSignal): Promise<Float32Array>;
}

/** As torch.nn.functional.normalize does. */
const SMALLEST_LENGTH = 1e-12;

function normalizeRows(values: Float32Array, length: number): void {
  for (let from = 0; from < values.length; from += length) {
    const row = values.subarray(from, from + length);
    let sum = 0;
    for (const value of row) sum += value * value;
    const norm = Math.max(Math.sqrt(sum), SMALLEST_LENGTH);
    for (let index = 0; index < length; index += 1) row[index] = (row[index] ?? 0) / norm;
  }
}

/** RoBERTa's, which every AudioLDM has; a tokenizer that names none is padded with it. */
const ROBERTA_PADDING = 1;

export async function createTextEncoder(folder: AudioLdmFolder, graphs: AudioLdmGraphs): Promise<TextEncoder> {
  const tokenizer = await loadTokenizer(join(folder.path, 'tokenizer'));
  const { maximumTokens, textDimensions } = folder.geometry;
  return {
    tokenize(text) {
      const cut = tokenIds(tokenizer, text, maximumTokens);
      const { ids, mask } = tokenBatch([cut], tokenizer.pad_token_id ?? ROBERTA_PADDING, maximumTokens);
      return { ids, mask, count: cut.count };
    },
    async embed(texts, signal) {
      const shape = [texts.length, maximumTokens];
      const all = (part: 'ids' | 'mask'): BigInt64Array => {
        const joined = new BigInt64Array(texts.length * maximumTokens);
        for (const [index, text] of texts.entries()) joined.set(text[part], index * maximumTokens);
        return joined;
      };
      const feeds = {
        input_ids: { type: 'int64', shape, data: all('ids') },
        attention_mask: { type: 'int64', shape, data: all('mask') },
      } as const;
      const { data } = await graphs.run('text_encoder', feeds, [texts.length, textDimensions], signal);
      normalizeRows(data, textDimensions);
      return data;
    },
  };
}
