import type { CatalogueEntry } from './error-entry.js';

/** Servers that plan, listen or compute for grym-synth. */
export const SERVER_ERRORS = {
  GRYM_SERVER_UNREACHABLE: {
    kind: 'transient',
    message: 'The server {url} could not be reached: {reason}.',
    remedy: 'Start it, or correct the address in the configuration.',
  },
  GRYM_SERVER_BUSY: {
    kind: 'transient',
    message: 'The server {url} takes no request now (HTTP {status}): {reason}.',
    remedy: 'Wait and try again; the server, not grym-synth, sets that limit.',
  },
  GRYM_SERVER_REFUSED: {
    kind: 'invalid-input',
    message: 'The server {url} refused the request (HTTP {status}): {reason}.',
    remedy: 'Correct address, model name or key in the configuration; the server log says more.',
  },
  GRYM_SERVER_FAILED: {
    kind: 'model-fault',
    message: 'The server {url} failed (HTTP {status}): {reason}.',
    remedy: 'See the log of the server.',
  },
  GRYM_SERVER_ANSWER_INVALID: {
    kind: 'model-fault',
    message: 'The server {url} answered with something else than was asked: {reason}.',
    remedy: 'Try again, or use another model; docs/guides/models.md names ones that are known to work.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;
