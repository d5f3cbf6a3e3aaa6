import type { JournalledStep } from './journal-rows.js';

/** True where two scopes are in different branches of one parallel block, so that neither sees the other. */
function areSiblings(one: string, other: string): boolean {
  const a = one.split('/');
  const b = other.split('/');
  const depth = a.findIndex((segment, index) => segment !== b[index]);
  if (depth < 0) return false;
  const block = (segment: string | undefined): string | undefined => /^(.*)\[[^\]]*\]$/.exec(segment ?? '')?.[1];
  const [left, right] = [block(a[depth]), block(b[depth])];
  return left !== undefined && left === right;
}

/**
 * Whether a re-run that begins anew at `from` can take over the result of another step: what comes before it in the graph, and
 * what stands in other branches of a parallel block around it.
 */
export function isShared(step: JournalledStep, from: JournalledStep): boolean {
  if (step.state !== 'done' && step.state !== 'failed' && step.state !== 'skipped') return false;
  if (step.path === from.path) return false;
  return step.position < from.position || areSiblings(step.scope, from.scope);
}
