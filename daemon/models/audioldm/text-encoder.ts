// Loads the tokenizers, and onnxruntime with them: only model hosts import this file.
import { join } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer, type Tensor as TransformersTensor } from '@huggingface/transformers';
import { GrymError, messageOf } from '../../kernel/index.js';
import type { AudioLdmGraphs } from './graphs.js';
import type { AudioLdmFolder } from './layout.js';

// What is not in the folder is missing; nothing is fetched.
env.allowRemoteModels = false;

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
  embed(texts: readonly Tokens[]): Promise<Float32Array>;
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

async function loadTokenizer(folder: AudioLdmFolder): Promise<PreTrainedTokenizer> {
  try {
    return await AutoTokenizer.from_pretrained(join(folder.path, 'tokenizer'), { local_files_only: true });
  } catch (error) {
    const reason = `the files tokenizer/tokenizer.json and tokenizer/tokenizer_config.json make no tokenizer: ${messageOf(error)}`;
    throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: folder.path, reason }, { cause: error });
  }
}

export async function createTextEncoder(folder: AudioLdmFolder, graphs: AudioLdmGraphs): Promise<TextEncoder> {
  const tokenizer = await loadTokenizer(folder);
  const { maximumTokens, textDimensions } = folder.geometry;
  return {
    tokenize(text) {
      const options = { padding: 'max_length', truncation: true, max_length: maximumTokens } as const;
      const encoded = tokenizer(text, options) as { readonly input_ids: TransformersTensor; readonly attention_mask: TransformersTensor };
      const int64 = ({ data }: TransformersTensor): BigInt64Array => BigInt64Array.from(data as BigInt64Array);
      return { ids: int64(encoded.input_ids), mask: int64(encoded.attention_mask), count: tokenizer.encode(text).length };
    },
    async embed(texts) {
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
      const { data } = await graphs.run('text_encoder', feeds, [texts.length, textDimensions]);
      normalizeRows(data, textDimensions);
      return data;
    },
  };
}
