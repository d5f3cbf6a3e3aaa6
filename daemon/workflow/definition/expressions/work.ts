import type { JsonValue } from '../../../kernel/index.js';

/**
 * What one evaluation may do, in units of about 20 ns: parts of the expression evaluated, entries and characters copied or
 * compared. Far more than a list of 2,000 results asks for, and a few milliseconds at most.
 */
export const MAXIMUM_WORK = 100_000;

/**
 * What all evaluations of a run may do together, in the same units: a fifth of a second, should all be due at once. A run of 2,000
 * steps has 5,000 for each.
 */
export const MAXIMUM_RUN_WORK = 10_000_000;

/** Size of a value that an expression gives, as `sizeOf` counts. */
export const MAXIMUM_VALUE_SIZE = 500_000;
const MAXIMUM_VALUE_DEPTH = 100;

const CHARACTERS_PER_UNIT = 8;
/** JSON text is made more slowly than copied. */
const JSON_SIZE_PER_UNIT = 4;
/** An error that an operator swallows costs as much as making it does. */
export const WORK_OF_FAILURE = 200;

/** Of an evaluation itself, however little it does, with the place in the run that it is for. */
export const WORK_OF_EVALUATION = 50;
/** As `sizeOf` counts. */
const VALUE_SIZE_PER_UNIT = 32;
/** Of the error that the node of a failed evaluation ends with. */
const WORK_OF_ERROR = 2_000;

/** The evaluation was ended since it would have done too much; no operator swallows it. */
export class TooMuchWork extends Error {}
/** It was ended since the run would have done too much: no step goes on after that. */
export class TooMuchWorkInRun extends TooMuchWork {}

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

/**
 * What the expressions of a whole run may do, and what of it is left to one line of steps after another. Branches divide it
 * evenly and hand back what they did not need, so that what a branch may do does not depend on which was faster.
 */
export class WorkPool {
  private spent = 0;

  constructor(private readonly allowed = MAXIMUM_RUN_WORK) {}

  get left(): number {
    return this.allowed - this.spent;
  }

  /** Takes what has been done, also what was done beyond the bound. */
  take(units: number): void {
    this.spent += units;
  }

  /** For one of so many branches. */
  part(branches: number): WorkPool {
    return new WorkPool(Math.max(0, Math.floor(this.left / branches)));
  }

  /** A branch has ended. */
  join(part: WorkPool): void {
    this.spent += part.spent;
  }
}

/** What is left of the work of one evaluation, which never does more than what is left of the run's. */
export class Work {
  private readonly allowed: number;
  private spent = 0;

  constructor(private readonly pool: WorkPool) {
    this.allowed = Math.min(MAXIMUM_WORK, Math.max(0, pool.left));
  }

  spend(units: number): void {
    this.spent += units;
    if (this.spent <= this.allowed) return;
    if (this.allowed === MAXIMUM_WORK) throw new TooMuchWork(`it would do more than ${MAXIMUM_WORK} units of work`);
    const left = `of the ${MAXIMUM_RUN_WORK} units of work that all expressions of a run may do only ${this.allowed} are left here`;
    throw new TooMuchWorkInRun(left);
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

  /** Its value has been gone through to see how large it is. */
  measured(size: number): void {
    this.spent += size / VALUE_SIZE_PER_UNIT;
  }

  /** To be called once, however the evaluation ended. */
  finish(): void {
    this.pool.take(Math.ceil(this.spent));
  }

  /** The evaluation has failed: that costs more than most that succeed. */
  fail(): void {
    this.spent += WORK_OF_ERROR;
    this.finish();
  }
}
