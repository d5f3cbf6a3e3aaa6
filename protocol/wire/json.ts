import { ProtocolError } from '../protocol-error.js';
import { checkPlainData } from './plain-data.js';

/** The value of a JSON frame within the same profile as MessagePack (protocol/wire/profile.ts). */
export function readJson(text: string, limits: { readonly bytes: number; readonly depth: number }): unknown {
  const size = Buffer.byteLength(text);
  if (size > limits.bytes) throw new ProtocolError('size', '$', `at most ${limits.bytes} bytes`, `${size} bytes`);
  checkNesting(text, limits.depth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProtocolError('syntax', '$', 'one JSON value', 'text that is none');
  }
  checkPlainData(value, limits);
  return value;
}

/** Counts brackets outside of strings before anything is built. */
function checkNesting(text: string, maximum: number): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > maximum) throw new ProtocolError('depth', '$', `at most ${maximum} levels of nesting`, 'more');
  }
}
