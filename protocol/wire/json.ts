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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Counts brackets outside of strings before anything is built; one pass, whatever the text. */
function checkNesting(text: string, maximum: number): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === BACKSLASH) index += 1;
      else if (unit === QUOTE) inString = false;
      continue;
    }
    if (unit === QUOTE) inString = true;
    else if (OPENING.has(unit)) depth += 1;
    else if (CLOSING.has(unit)) depth -= 1;
    if (depth > maximum) throw new ProtocolError('depth', '$', `at most ${maximum} levels of nesting`, 'more');
  }
}
