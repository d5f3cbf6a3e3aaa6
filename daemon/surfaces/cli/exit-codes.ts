import { isGrymError, toGrymError, type ErrorCode } from '../../kernel/index.js';
import type { WireError } from '../../../protocol/index.js';
import { RemoteError } from '../client/index.js';

/** What the exit status says; part of the contract with scripts. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  badUsage: 2,
  needsPrivileges: 3,
  noDaemon: 4,
  interrupted: 130,
} as const;

/** A command that has said all there is to say, and ends with this status. */
export class CommandEnded extends Error {
  constructor(readonly exitCode: number) {
    super(`ended with the exit status ${exitCode}`);
  }
}

const BAD_USAGE: ReadonlySet<string> = new Set<ErrorCode>([
  'GRYM_USAGE',
  'GRYM_ACTION_UNKNOWN',
  'GRYM_ACTION_PARAMETERS',
  'GRYM_CONFIGURATION_INVALID',
  'GRYM_CONFIGURATION_UNREADABLE',
  'GRYM_PROMPT_EMPTY',
  'GRYM_PROMPT_TEMPO_IMPOSSIBLE',
  'GRYM_PROMPT_BARS_IMPOSSIBLE',
  'GRYM_PROMPT_METRE_IMPOSSIBLE',
  'GRYM_PROMPT_KEY_UNKNOWN',
  'GRYM_PROMPT_TOO_LONG',
  'GRYM_WORKFLOW_INVALID',
  'GRYM_WORKFLOW_INPUTS',
  'GRYM_WORKFLOW_FILE_UNREADABLE',
  'GRYM_STEP_PARAMETERS',
  'GRYM_DECISION_INVALID',
  'GRYM_MODEL_LICENCE',
]);

export function toWireError(error: unknown): WireError {
  if (error instanceof RemoteError) return error.wire;
  return (isGrymError(error) ? error : toGrymError(error)).toWire();
}

export function exitCodeOf(error: WireError): number {
  if (BAD_USAGE.has(error.code)) return EXIT_CODES.badUsage;
  if (error.code === 'GRYM_DAEMON_ABSENT') return EXIT_CODES.noDaemon;
  return error.kind === 'cancelled' ? EXIT_CODES.interrupted : EXIT_CODES.failed;
}
