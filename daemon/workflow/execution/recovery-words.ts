import type { GrymError } from '../../kernel/index.js';
import type { Procedure } from '../../recovery/index.js';

/** `0.4 s`, `15 s`, `2 min`. */
export function durationWords(milliseconds: number): string {
  if (milliseconds >= 120_000) return `${Math.round(milliseconds / 60_000)} min`;
  const seconds = milliseconds / 1_000;
  return seconds >= 10 ? `${Math.round(seconds)} s` : `${Math.round(seconds * 10) / 10} s`;
}

export interface TriedFacts {
  readonly attempt: number;
  readonly provider: string | null;
  readonly error: GrymError;
  readonly procedure: Procedure;
  readonly delayMs: number;
  readonly nextProvider: string | null;
  /** What is smaller now. */
  readonly reduction: string;
  /** Why it was given up, where there is more to say than that nothing helped. */
  readonly reason: string;
}

function followUp({ procedure, delayMs, nextProvider, reduction, reason }: TriedFacts): string {
  switch (procedure) {
    case 'retry':
      return `Tried again after ${durationWords(delayMs)}.`;
    case 'other-provider':
      return `Went on with "${String(nextProvider)}".`;
    case 'smaller-settings':
      return `Went on with smaller settings: ${reduction}.`;
    case 'wait':
      return `Waited, ${durationWords(delayMs)} at most, before another attempt.`;
    case 'ask':
      return 'Asked what to do.';
    case 'give-up':
      return reason === '' ? 'Given up.' : `Given up: ${reason}.`;
  }
}

/** What happened, and what was done then. */
export function triedWords(facts: TriedFacts): string {
  const by = facts.provider === null ? '' : ` with "${facts.provider}"`;
  return `Attempt ${facts.attempt}${by} failed: ${facts.error.message} ${followUp(facts)}`;
}
