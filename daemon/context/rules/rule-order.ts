import type { Rule } from './rule.js';

const ORIGINS = ['registered', 'user', 'built-in'];

/** Negative where `a` comes first: by priority, then what was added before what is built in, then by name. */
export function compareRules(a: Rule, b: Rule): number {
  return (
    b.priority - a.priority || ORIGINS.indexOf(a.origin) - ORIGINS.indexOf(b.origin) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}

/**
 * Rules in an order in which what one of them reads was set before. Where rules feed each other in a circle, the first of them
 * by `compareRules` goes first and sees what the context holds.
 */
export function inOrderOfReading(rules: readonly Rule[]): Rule[] {
  const waiting = [...rules].sort(compareRules);
  const ordered: Rule[] = [];
  while (waiting.length > 0) {
    const isReady = (rule: Rule): boolean =>
      waiting.every((other) => other === rule || !other.sets.some((field) => rule.reads.includes(field)));
    const index = Math.max(0, waiting.findIndex(isReady));
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered;
}
