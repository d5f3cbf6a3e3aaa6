import type { JsonValue } from '../../../kernel/index.js';

/**
 * What one evaluation may do, in units of about 20 ns: parts of the expression evaluated, entries and characters copied or
 * compared. Far more than a list of 2,000 results asks for, and a few milliseconds at most.
 */
export const MAXIMUM_WORK = 100_000;

/** Size of a value that an expression gives, as `sizeOf` counts. */
export const MAXIMUM_VALUE_SIZE = 500_000;
const MAXIMUM_VALUE_DEPTH = 100;

const CHARACTERS_PER_UNIT = 8;
/** JSON text is made more slowly than copied. */
const JSON_SIZE_PER_UNIT = 4;
/** An error that an operator swallows costs as much as making it does. */
export const WORK_OF_FAILURE = 200;

/** The evaluation was ended since it would have done too much; no operator swallows it. */
export class TooMuchWork extends Error {}

/**
 * Roughly the bytes that a value takes, in memory and as JSON. A part that stands in it more than once counts each time, as it
 * would be written. Stops soon after `limit`; what is nested too deeply to be written counts as endless.
 */
export function sizeOf(value: JsonValue, limit: number, depth = 0): number {
  if (typeof value === 'string') return 8 + value.length;
  if (value === null || typeof value !== 'object') return 8;
  if (depth >= MAXIMUM_VALUE_DEPTH) return Infinity;
  let size = 16;
  if (Array.isArray(value)) {
    for (const entry of value as readonly JsonValue[]) {
      size += sizeOf(entry, limit - size, depth + 1);
      if (size > limit) return size;
    }
    return size;
  }
  for (const [name, entry] of Object.entries(value)) {
    size += 8 + name.length + sizeOf(entry ?? null, limit - size, depth + 1);
    if (size > limit) return size;
  }
  return size;
}

/** What is left of the work of one evaluation. */
export class Work {
  private left = MAXIMUM_WORK;

  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new TooMuchWork(`it would do more than ${MAXIMUM_WORK} units of work`);
  }

  characters(count: number): void {
    this.spend(count / CHARACTERS_PER_UNIT);
  }

  /** The text that an expression's value stands for within other text. */
  textOf(value: JsonValue): string {
    if (typeof value === 'string') {
      this.characters(value.length);
      return value;
    }
    this.spend(sizeOf(value, MAXIMUM_WORK * JSON_SIZE_PER_UNIT) / JSON_SIZE_PER_UNIT);
    return JSON.stringify(value);
  }
}
