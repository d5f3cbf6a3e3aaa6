import type { ActionDispatcher } from '../../actions/index.js';
import type { BridgeDirectory, ClipLibrary } from '../../audio/index.js';
import type { Configuration, Logger } from '../../kernel/index.js';

/** A daemon in this process. */
export interface RunningDaemon {
  readonly port: number;
  readonly token: string;
  readonly version: string;
  readonly library: ClipLibrary;
  readonly bridges: BridgeDirectory;
  readonly actions: ActionDispatcher;
  /** Resolves when somebody asked for the stop by the action `shutdown`. */
  readonly stopRequested: Promise<void>;
  /** Idempotent; rejects where a part did not stop in time. */
  stop(): Promise<void>;
}

export type StartDaemon = (configuration: Configuration, logger: Logger) => Promise<RunningDaemon>;
