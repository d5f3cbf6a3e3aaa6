import type { Scalar } from 'yaml';

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };
const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r';

/**
 * For each character of a scalar's value, where it stands in the file: quotation marks, escapes, indentation and folded lines
 * lie between. The last entry is the end. Where value and file cannot be brought together, the nearest place before counts.
 */
export function scalarOffsets(text: string, scalar: Scalar): readonly number[] {
  const value = String(scalar.value);
  const [start, end] = scalar.range ?? [0, 0];
  let at = start;
  if (scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE') at += 1;
  // The header of a block ("|", ">-") ends with its line.
  if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') at = text.indexOf('\n', start) + 1;
  const offsets: number[] = [];
  for (const character of value.split('')) {
    while (at < end && text[at] !== character && isBlank(text[at]) && !isBlank(character)) at += 1;
    if (scalar.type === 'QUOTE_DOUBLE' && text[at] === '\\') {
      offsets.push(at);
      at += ESCAPE_LENGTH[text[at + 1] ?? ''] ?? 2;
      continue;
    }
    offsets.push(Math.min(at, end));
    if (isBlank(character) && text[at] !== character) {
      while (at < end && isBlank(text[at])) at += 1;
    } else if (scalar.type === 'QUOTE_SINGLE' && character === "'") {
      at += 2;
    } else {
      at += 1;
    }
  }
  offsets.push(Math.min(at, end));
  return offsets;
}
