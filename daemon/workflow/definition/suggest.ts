/** Changes (insert, remove, replace, swap of neighbours) from one word to another; stops counting beyond `limit`. */
function distance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let best = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    if (Math.min(...current) > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[other.length] ?? limit + 1;
}

const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '');

/** The known word that was probably meant; null where none is near. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const typed = plain(word);
  let best: string | null = null;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of known) {
    const meant = plain(candidate);
    const changes = meant === typed ? 0 : distance(typed, meant, least);
    const counted = changes >= least && typed.length >= 3 && (meant.startsWith(typed) || typed.startsWith(meant)) ? least - 0.5 : changes;
    if (counted < least) {
      least = counted;
      best = candidate;
    }
  }
  return best;
}

/** A sentence, and after it what was probably meant, or what there is. */
export function withSuggestion(sentence: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant !== null) return `${sentence}: did you mean "${meant}"?`;
  return known.length === 0 ? `${sentence}; there are none.` : `${sentence}; there are ${known.join(', ')}.`;
}
