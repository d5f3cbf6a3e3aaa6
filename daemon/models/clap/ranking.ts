import type { Ranked } from './tasks.js';

/** Shares of 1 by softmax; null stays null. */
function shares(similarities: readonly (number | null)[], scale: number): (number | null)[] {
  const most = Math.max(...similarities.map((value) => value ?? -Infinity));
  const weights = similarities.map((value) => (value === null ? null : Math.exp(scale * (value - most))));
  const sum = weights.reduce<number>((total, value) => total + (value ?? 0), 0);
  return weights.map((value) => (value === null ? null : value / sum));
}

/** The most similar first; of equals the one that was given first, and what is silent (null) last. */
export function ranked(similarities: readonly (number | null)[], logitScale: number | null): Ranked[] {
  const share = logitScale === null ? similarities.map(() => null) : shares(similarities, logitScale);
  return similarities
    .map((similarity, candidate) => ({ candidate, similarity, share: share[candidate] ?? null }))
    .sort((a, b) => (b.similarity ?? -Infinity) - (a.similarity ?? -Infinity) || a.candidate - b.candidate);
}
