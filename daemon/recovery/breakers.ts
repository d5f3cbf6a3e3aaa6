import { systemClock, systemTimers, type Clock, type GrymError, type Logger, type Timers } from '../kernel/index.js';
import type { BreakerRecord, BreakerStore } from './breaker-store.js';

export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** Rest after the first opening; it doubles with each further one. */
  readonly firstRestMs: number;
  readonly longestRestMs: number;
}

export const BREAKER_POLICY: BreakerPolicy = { threshold: 5, firstRestMs: 30_000, longestRestMs: 600_000 };

export interface BreakerView {
  readonly provider: string;
  readonly state: BreakerState;
  readonly failures: number;
  /** Until it may be tried again; 0 unless it is open. */
  readonly restLeftMs: number;
  readonly lastError: string;
}

/** Leave to use a provider once. Exactly one of its ends is told; further ones do nothing. */
export interface Admission {
  succeeded(): void;
  failed(error: GrymError): void;
  /** The end says nothing about the provider: cancelled, a bad input, no memory. */
  undecided(): void;
}

export interface BreakersOptions {
  readonly store: BreakerStore;
  readonly policy?: BreakerPolicy;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly logger?: Logger;
}

interface Breaker {
  record: BreakerRecord;
  /** Monotonic; null = closed. */
  restEndsAtMs: number | null;
  /** Half-open: the one attempt that decides is under way. */
  isProbed: boolean;
  /** Rises with each change of state: what began before it has no say about what came after. */
  epoch: number;
}

/**
 * One circuit breaker for each provider. Closed: failures in a row are counted. Open: nobody is let through until its rest is over.
 * Half-open: one attempt is let through, and its end closes the breaker or opens it again for longer.
 *
 * Time: within a process the monotonic clock counts, so that no jump of the wall clock shortens or stretches a rest. Across a restart
 * only the wall clock is left: a rest is then never longer than it was when it began, and one that seems to have begun in the future
 * begins anew.
 */
export class Breakers {
  private readonly breakers = new Map<string, Breaker>();
  private readonly listeners = new Set<(provider: string) => void>();
  private readonly policy: BreakerPolicy;
  private readonly clock: Clock;
  private readonly timers: Timers;

  constructor(private readonly options: BreakersOptions) {
    this.policy = options.policy ?? BREAKER_POLICY;
    this.clock = options.clock ?? systemClock;
    this.timers = options.timers ?? systemTimers;
    for (const record of options.store.load()) {
      this.breakers.set(record.provider, { record, restEndsAtMs: this.restEndOf(record), isProbed: false, epoch: 0 });
    }
  }

  view(provider: string): BreakerView {
    const breaker = this.breakers.get(provider);
    if (breaker === undefined) return { provider, state: 'closed', failures: 0, restLeftMs: 0, lastError: '' };
    const { failures, lastError } = breaker.record;
    return { provider, state: this.stateOf(breaker), failures, restLeftMs: this.restLeft(breaker), lastError };
  }

  /** Of providers that have failed since they last worked. */
  list(): BreakerView[] {
    return [...this.breakers.keys()].sort().map((provider) => this.view(provider));
  }

  /** Whether `admit` would let an attempt through. */
  isAdmitting(provider: string): boolean {
    const breaker = this.breakers.get(provider);
    return breaker === undefined || this.stateOf(breaker) === 'closed' || (this.stateOf(breaker) === 'half-open' && !breaker.isProbed);
  }

  /** Leave for one attempt, or null while the provider rests or another attempt decides about it. */
  admit(provider: string): Admission | null {
    if (!this.isAdmitting(provider)) return null;
    const breaker = this.breakers.get(provider);
    const isProbe = breaker !== undefined && this.stateOf(breaker) === 'half-open';
    if (isProbe) breaker.isProbed = true;
    const epoch = breaker?.epoch ?? 0;
    let isOpen = true;
    const end = (tell: (at: Breaker | undefined) => void) => () => {
      if (!isOpen) return;
      isOpen = false;
      const at = this.breakers.get(provider);
      if ((at?.epoch ?? epoch) === epoch) tell(at);
    };
    return {
      succeeded: end((at) => at !== undefined && this.close(at)),
      failed: (error) => end((at) => this.countFailure(provider, at, error))(),
      undecided: end((at) => at !== undefined && isProbe && this.giveProbeBack(at)),
    };
  }

  /** A person says that the cause is gone: where it rests, the next attempt decides. Its count of openings stays. */
  endRest(provider: string): void {
    const breaker = this.breakers.get(provider);
    if (breaker === undefined || this.stateOf(breaker) !== 'open') return;
    breaker.record = { ...breaker.record, restMs: 0 };
    breaker.restEndsAtMs = this.clock.monotonicMs();
    this.save(breaker);
    this.changed(provider);
  }

  /** Resolves with true as soon as an attempt may be let through, with false after `limitMs` or when the signal fires. */
  untilAdmitting(provider: string, limitMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      let stopTimer = (): void => undefined;
      const end = this.clock.monotonicMs() + limitMs;
      const settle = (isAdmitting: boolean): void => {
        stopTimer();
        this.listeners.delete(look);
        signal.removeEventListener('abort', look);
        resolve(isAdmitting);
      };
      const look = (): void => {
        const left = end - this.clock.monotonicMs();
        if (signal.aborted) return settle(false);
        if (this.isAdmitting(provider)) return settle(true);
        if (left <= 0) return settle(false);
        stopTimer();
        const rest = this.view(provider).restLeftMs;
        stopTimer = this.timers.after(rest > 0 ? Math.min(rest, left) : left, look);
      };
      this.listeners.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  private countFailure(provider: string, at: Breaker | undefined, error: GrymError): void {
    const breaker = at ?? this.remember(provider);
    const failures = breaker.record.failures + 1;
    const opens = breaker.restEndsAtMs !== null || failures >= this.policy.threshold;
    breaker.record = { ...breaker.record, failures, lastError: error.message };
    if (opens) this.open(breaker);
    else this.save(breaker);
  }

  private remember(provider: string): Breaker {
    const record = { provider, failures: 0, openings: 0, openedAtMs: null, restMs: 0, lastError: '' };
    const breaker = { record, restEndsAtMs: null, isProbed: false, epoch: 0 };
    this.breakers.set(provider, breaker);
    return breaker;
  }

  private open(breaker: Breaker): void {
    const openings = breaker.record.openings + 1;
    const restMs = Math.min(this.policy.firstRestMs * 2 ** (openings - 1), this.policy.longestRestMs);
    breaker.record = { ...breaker.record, openings, openedAtMs: this.clock.nowMs(), restMs };
    breaker.restEndsAtMs = this.clock.monotonicMs() + restMs;
    breaker.isProbed = false;
    breaker.epoch += 1;
    const { provider, failures, lastError } = breaker.record;
    this.options.logger?.warn('A provider failed too often and rests', { provider, failures, restMs, lastError });
    this.save(breaker);
    this.changed(provider);
  }

  private close(breaker: Breaker): void {
    const { provider } = breaker.record;
    if (breaker.restEndsAtMs !== null) this.options.logger?.info('A provider works again', { provider });
    breaker.epoch += 1;
    this.breakers.delete(provider);
    this.guard(() => this.options.store.remove(provider));
    this.changed(provider);
  }

  private giveProbeBack(breaker: Breaker): void {
    breaker.isProbed = false;
    this.changed(breaker.record.provider);
  }

  private stateOf(breaker: Breaker): BreakerState {
    if (breaker.restEndsAtMs === null) return 'closed';
    return this.restLeft(breaker) > 0 ? 'open' : 'half-open';
  }

  private restLeft({ restEndsAtMs }: Breaker): number {
    return restEndsAtMs === null ? 0 : Math.max(0, restEndsAtMs - this.clock.monotonicMs());
  }

  private restEndOf({ openedAtMs, restMs }: BreakerRecord): number | null {
    if (openedAtMs === null) return null;
    const passed = this.clock.nowMs() - openedAtMs;
    return this.clock.monotonicMs() + (passed < 0 ? restMs : Math.max(0, restMs - passed));
  }

  private save(breaker: Breaker): void {
    this.guard(() => this.options.store.save(breaker.record));
  }

  /** A database that takes no more costs the breakers their memory over a restart, never a step. */
  private guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.options.logger?.error('The state of a provider could not be written', { error });
    }
  }

  private changed(provider: string): void {
    for (const listener of [...this.listeners]) listener(provider);
  }
}
