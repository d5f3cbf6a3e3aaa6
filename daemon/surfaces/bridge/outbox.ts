/** What the outbox needs of a WebSocket. */
export interface OutboxSocket {
  readonly bufferedAmount: number;
  send(data: Buffer | string): void;
}

/**
 * How much a message matters when a client reads too slowly: `bulk` (meters) is dropped first, `event` (also progress) next,
 * `reply` (also everything of the handshake and commands to a bridge) never.
 */
export type Importance = 'reply' | 'event' | 'bulk';

export interface OutboxLimits {
  /** Unsent bytes above which bulk messages are dropped. */
  readonly bulkBytes: number;
  /** Unsent bytes above which events are dropped too. */
  readonly eventBytes: number;
  /** Unsent bytes above which the client is given up. */
  readonly closeBytes: number;
}

export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  bulkBytes: 64 * 1024,
  eventBytes: 1024 * 1024,
  closeBytes: 8 * 1024 * 1024,
};

/** Sends to one client and decides what is left out when it does not keep up. */
export class Outbox {
  #dropped = { event: 0, bulk: 0 };
  #givenUp = false;

  constructor(
    private readonly socket: OutboxSocket,
    private readonly limits: OutboxLimits,
    private readonly onTooSlow: (unsentBytes: number) => void,
  ) {}

  /** Messages left out so far, by importance. */
  get dropped(): Readonly<{ event: number; bulk: number }> {
    return this.#dropped;
  }

  /** Returns whether the message was handed to the socket. */
  send(data: Buffer | string, importance: Importance): boolean {
    if (this.#givenUp) return false;
    const unsentBytes = this.socket.bufferedAmount;
    if (importance === 'bulk' && unsentBytes > this.limits.bulkBytes) {
      this.#dropped.bulk += 1;
      return false;
    }
    if (importance === 'event' && unsentBytes > this.limits.eventBytes) {
      this.#dropped.event += 1;
      return false;
    }
    if (unsentBytes > this.limits.closeBytes) {
      this.#givenUp = true;
      this.onTooSlow(unsentBytes);
      return false;
    }
    this.socket.send(data);
    return true;
  }
}
