/** One piece of a pattern: `minimum` to `maximum` of these characters. */
export interface PatternPart {
  readonly characters: string;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * Breaks up a regular expression of the small kind that the schemas use, so that C++ needs no regular-expression engine:
 * `^…$` around ASCII characters, classes of characters, groups repeated a fixed number of times, `{n}`, `{n,m}` and `+`.
 * Refuses what greedy matching without backtracking could get wrong.
 */
export function parsePattern(pattern: string): PatternPart[] {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) throw new Error(`pattern ${pattern} must be anchored at both ends`);
  const parts = parseSequence(pattern, pattern.slice(1, -1));
  parts.forEach((part, index) => {
    const next = parts[index + 1];
    if (part.minimum === part.maximum || !next) return;
    const shared = [...part.characters].some((character) => next.characters.includes(character));
    if (shared || next.minimum === 0) throw new Error(`pattern ${pattern} needs backtracking after [${part.characters}]`);
  });
  return parts;
}

function parseSequence(pattern: string, text: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let rest = text;
  while (rest.length > 0) {
    const piece = /^(?:\((?<group>[^()]*)\)|\[(?<set>[^\]]*)\]|\\(?<escaped>[/.-])|(?<literal>[A-Za-z0-9_/-]))/.exec(rest);
    if (!piece) throw new Error(`pattern ${pattern}: cannot read ${rest}`);
    rest = rest.slice(piece[0].length);
    const count = /^(?:\{(?<low>\d+)(?:,(?<high>\d+))?\}|(?<plus>\+))/.exec(rest);
    rest = rest.slice(count?.[0].length ?? 0);
    const minimum = Number(count?.groups?.['low'] ?? 1);
    const maximum = count?.groups?.['plus'] ? 0xffff_ffff : Number(count?.groups?.['high'] ?? minimum);
    const { group, set, escaped, literal } = piece.groups ?? {};
    if (group !== undefined) {
      if (minimum !== maximum) throw new Error(`pattern ${pattern}: a group needs a fixed count`);
      for (let turn = 0; turn < minimum; turn += 1) parts.push(...parseSequence(pattern, group));
    } else {
      const characters = set !== undefined ? charactersOf(pattern, set) : (escaped ?? literal ?? '');
      parts.push({ characters, minimum, maximum });
    }
  }
  return parts;
}

function charactersOf(pattern: string, set: string): string {
  if (set.startsWith('^')) throw new Error(`pattern ${pattern}: no negated classes`);
  return set.replace(/(.)-(.)/g, (_range, first: string, last: string) => {
    let characters = '';
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1) characters += String.fromCharCode(code);
    return characters;
  });
}
