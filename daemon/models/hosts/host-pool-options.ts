import type { Clock, Logger, Timers } from '../../kernel/index.js';
import type { Random } from '../../recovery/index.js';
import type { Lease } from '../../resources/index.js';
import type { PoolEvent } from './host-events.js';
import type { HostRoom } from './host-room.js';
import type { ModelHost } from './model-host.js';
import type { HostedModel } from './model-hosts.js';

/** What a pool needs of a host. */
export type PooledHost = Pick<
  ModelHost,
  | 'load'
  | 'run'
  | 'kill'
  | 'end'
  | 'ended'
  | 'isEnding'
  | 'state'
  | 'idleSinceMs'
  | 'tasksDone'
  | 'processId'
  | 'residentBytes'
  | 'sharedBytes'
  | 'heartbeat'
>;

export interface HostPoolOptions {
  readonly model: HostedModel;
  readonly createHost: () => PooledHost;
  readonly room: Pick<HostRoom, 'lease' | 'offer'>;
  /** The threads that one host computes with, of those that all hosts share. Throws GRYM_CANCELLED, GRYM_RESOURCE_TIMEOUT. */
  readonly takeThreads: (signal: AbortSignal) => Promise<Lease>;
  readonly threads: number;
  readonly maximumHosts: number;
  /** Calls that wait for a host. */
  readonly maximumWaiting: number;
  /** How long a call may wait for a host. */
  readonly waitMs: number;
  /** Deaths in a row after which no new host is started until `restMs` have passed. */
  readonly maximumDeaths: number;
  readonly restMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly onEvent: (event: PoolEvent) => void;
}
