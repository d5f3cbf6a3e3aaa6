import { GrymError, isGrymError, messageOf, systemCodeOf, toGrymError } from '../kernel/index.js';

const UNREACHABLE =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|EBUSY|SQLITE_BUSY\w*)$/;
const STARVED =
  /^(ENOSPC|EDQUOT|EMFILE|ENFILE|ENOMEM|EAGAIN|EFBIG|EROFS|EIO|ERR_WORKER_OUT_OF_MEMORY|SQLITE_(FULL|IOERR|NOMEM|READONLY)\w*)$/;
const FILE_MISSING = /^(ENOENT|ENOTDIR|EISDIR|EACCES|EPERM|ELOOP|ENAMETOOLONG|SQLITE_CANTOPEN)$/;

/** What wraps an error (fetch does) is looked through, so deep at most. */
const DEEPEST_CAUSE = 5;

function systemCodes(error: unknown): string[] {
  const codes: string[] = [];
  let at = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && at !== undefined && at !== null; depth += 1) {
    const code = systemCodeOf(at);
    if (code !== undefined) codes.push(code);
    at = at instanceof Error ? at.cause : undefined;
  }
  return codes;
}

/** The innermost text: what the system said. */
function reasonOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && at instanceof Error && at.cause instanceof Error; depth += 1) at = at.cause;
  // Of several addresses that were tried, each has its own error.
  if (at instanceof AggregateError && at.message === '') return at.errors.map(messageOf).join('; ');
  return messageOf(at);
}

/**
 * What a step threw, as an error of the catalogue whose kind decides about its recovery. What the system reports is sorted by its
 * code; anything else that is no error of the catalogue is a fault of the program.
 */
export function toStepError(error: unknown, step: string): GrymError {
  if (isGrymError(error)) return error;
  const reason = reasonOf(error);
  const options = { cause: error };
  if (error instanceof Error && error.name === 'AbortError')
    return new GrymError('GRYM_CANCELLED', { what: `the step "${step}"` }, options);
  if (error instanceof Error && error.name === 'TimeoutError') return new GrymError('GRYM_STEP_UNREACHABLE', { step, reason }, options);
  for (const code of systemCodes(error)) {
    if (UNREACHABLE.test(code)) return new GrymError('GRYM_STEP_UNREACHABLE', { step, reason }, options);
    if (STARVED.test(code)) return new GrymError('GRYM_STEP_STARVED', { step, reason }, options);
    if (FILE_MISSING.test(code)) return new GrymError('GRYM_STEP_FILE_MISSING', { step, reason }, options);
  }
  return toGrymError(error);
}
