import type { JsonObject } from '../../kernel/index.js';

/** A brace that can open a JSON object: an empty one, or one whose first key follows. */
const OPENING = /\{\s*(?:\}|"(?:[^"\\]|\\.){0,500}"\s*:)/gs;

/** Index behind the brace that closes the one at `start`; -1 where none does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let isInString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === '\\') index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

function parsed(text: string): JsonObject | undefined {
  try {
    // Between braces nothing but an object parses.
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

/**
 * The first JSON object in a text: alone, in a code fence, or between words. Undefined where there is none, and where the first that
 * begins is cut off: what lies inside of it would be taken for the whole. The time it takes grows with the text's length only.
 */
export function findJsonObject(text: string): JsonObject | undefined {
  let from = 0;
  for (;;) {
    OPENING.lastIndex = from;
    const start = OPENING.exec(text)?.index;
    const end = start === undefined ? -1 : endOfObject(text, start);
    if (start === undefined || end < 0) return undefined;
    const object = parsed(text.slice(start, end));
    if (object !== undefined) return object;
    from = end;
  }
}
