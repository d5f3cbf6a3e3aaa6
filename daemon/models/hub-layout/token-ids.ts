// Loads the tokenizers, and onnxruntime with them: only model hosts import this file.
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@huggingface/transformers';
import { messageOf } from '../../kernel/index.js';
import { hasFile, invalidFolder } from './model-folder.js';

// What is not in the folder is missing; nothing is fetched.
env.allowRemoteModels = false;

export interface TokenIds {
  /** With the tokens at its ends, at most as many as the model takes. */
  readonly ids: readonly number[];
  /** That the text has; more than `ids` where it was cut. */
  readonly count: number;
}

export interface TokenBatch {
  readonly ids: BigInt64Array;
  /** 1 where there is a token, 0 where it is padded. */
  readonly mask: BigInt64Array;
  readonly shape: readonly [texts: number, tokens: number];
}

export async function loadTokenizer(folder: string, file = 'tokenizer.json'): Promise<PreTrainedTokenizer> {
  if (!hasFile(folder, file)) throw invalidFolder(folder, `the file ${file} is missing`);
  try {
    return await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  } catch (error) {
    throw invalidFolder(folder, `the files tokenizer.json and tokenizer_config.json make no tokenizer: ${messageOf(error)}`, error);
  }
}

/** Cut as the reference cuts: the words at the end go, the end token stays. (transformers.js 4.3.1 itself cuts off the end token.) */
export function tokenIds(tokenizer: PreTrainedTokenizer, text: string, limit: number): TokenIds {
  const all = tokenizer.encode(text);
  const last = all.at(-1);
  const ids = all.length > limit && last !== undefined ? [...all.slice(0, limit - 1), last] : all;
  return { ids, count: all.length };
}

/** Texts side by side, padded at the right to `width` tokens (undefined: to the longest). */
export function tokenBatch(texts: readonly TokenIds[], padding: number, width?: number): TokenBatch {
  const tokens = width ?? Math.max(1, ...texts.map(({ ids }) => ids.length));
  const ids = new BigInt64Array(texts.length * tokens).fill(BigInt(padding));
  const mask = new BigInt64Array(texts.length * tokens);
  for (const [row, text] of texts.entries()) {
    for (const [column, id] of text.ids.slice(0, tokens).entries()) {
      ids[row * tokens + column] = BigInt(id);
      mask[row * tokens + column] = 1n;
    }
  }
  return { ids, mask, shape: [texts.length, tokens] };
}
