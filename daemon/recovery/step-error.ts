import { GrymError, isGrymError, messageOf, systemCodeOf, toGrymError } from '../kernel/index.js';

const UNREACHABLE =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|EBUSY|SQLITE_BUSY\w*)$/;
const STARVED =
  /^(ENOSPC|EDQUOT|EMFILE|ENFILE|ENOMEM|EAGAIN|EFBIG|EROFS|EIO|ERR_WORKER_OUT_OF_MEMORY|SQLITE_(FULL|IOERR|NOMEM|READONLY)\w*)$/;
const FILE_MISSING = /^(ENOENT|ENOTDIR|EISDIR|EACCES|EPERM|ELOOP|ENAMETOOLONG|SQLITE_CANTOPEN)$/;

/** What wraps an error (fetch does) is looked through, so deep at most. */
const DEEPEST_CAUSE = 5;

// By their fields, not by their class: an error may come from another thread or another realm.
interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

function errorLike(thrown: unknown): ErrorLike {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}

/** The error and what it wraps, outermost first. */
function causes(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = thrown; at !== undefined && at !== null && chain.length < DEEPEST_CAUSE; at = errorLike(at).cause) chain.push(at);
  return chain;
}

/** The innermost text: what the system said. */
function reasonOf(chain: readonly unknown[]): string {
  const innermost = chain.at(-1);
  const { message, errors } = errorLike(innermost);
  // Of several addresses that were tried, each has its own error.
  if (message === '' && Array.isArray(errors)) return errors.map((error: unknown) => reasonOf([error])).join('; ');
  return typeof message === 'string' && message !== '' ? message : messageOf(innermost);
}

/**
 * What a step threw, as an error of the catalogue whose kind decides about its recovery. What the system reports is sorted by its
 * code; anything else that is no error of the catalogue is a fault of the program.
 */
export function toStepError(error: unknown, step: string): GrymError {
  if (isGrymError(error)) return error;
  const chain = causes(error);
  const reason = reasonOf(chain);
  const options = { cause: error };
  const { name } = errorLike(error);
  if (name === 'AbortError') return new GrymError('GRYM_CANCELLED', { what: `the step "${step}"` }, options);
  if (name === 'TimeoutError') return new GrymError('GRYM_STEP_UNREACHABLE', { step, reason }, options);
  for (const code of chain.map(systemCodeOf).filter((found) => found !== undefined)) {
    if (UNREACHABLE.test(code)) return new GrymError('GRYM_STEP_UNREACHABLE', { step, reason }, options);
    if (STARVED.test(code)) return new GrymError('GRYM_STEP_STARVED', { step, reason }, options);
    if (FILE_MISSING.test(code)) return new GrymError('GRYM_STEP_FILE_MISSING', { step, reason }, options);
  }
  return toGrymError(error);
}
