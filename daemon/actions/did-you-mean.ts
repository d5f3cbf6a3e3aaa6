/** The known word nearest to what was typed, or null where none is near enough to be meant. */
export function nearestWord(typed: string, known: readonly string[]): string | null {
  const wanted = typed.toLowerCase();
  const begun = known.filter((word) => wanted.length >= 3 && word.toLowerCase().startsWith(wanted));
  if (begun.length === 1 && begun[0] !== undefined) return begun[0];
  let best: { word: string; distance: number } | null = null;
  for (const word of known) {
    const distance = editDistance(wanted.slice(0, 64), word.toLowerCase());
    if (best === null || distance < best.distance) best = { word, distance };
  }
  if (best === null) return null;
  return best.distance <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : null;
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestion(typed: string, known: readonly string[]): string {
  const nearest = nearestWord(typed, known);
  return nearest === null ? '' : ` Did you mean "${nearest}"?`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
