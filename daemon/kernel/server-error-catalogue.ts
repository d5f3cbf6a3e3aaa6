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
  GRYM_SERVER_NO_AUDIO: {
    kind: 'model-fault',
    message: 'The server {url} does not listen: its model {model} takes no audio ({reason}).',
    remedy:
      'Serve a model that hears, with its audio part (llama-server needs --mmproj); docs/guides/listener.md shows how. Without listenerUrl the built-in descriptors describe.',
  },
  GRYM_SERVER_GRAPH_UNSUITABLE: {
    kind: 'invalid-input',
    message: 'The server {url} has another graph than is needed: {reason}.',
    remedy: 'Serve the graph of the installed model as it is, or take it out of the setting remoteGraphs: then this computer computes it.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;
