import type { BridgeDirectory } from '../../audio/index.js';
import type { Timers } from '../../kernel/index.js';
import type { OpenStep } from './open-step.js';
import type { WorkflowExecution } from './workflow-execution.js';

const REDELIVERY_DELAY_MS = 250;
// Plugins look for a new daemon at least every 250 ms and are attached again within a second.
const RECONNECTION_GRACE_MS = 3_000;

interface Waiting {
  readonly execution: WorkflowExecution;
  readonly path: string;
  readonly slot: number | undefined;
  readonly onlyDuringGrace: boolean;
}

/** Steps that wait for a bridge: they are run again when it connects, and when a newer run waits for the same slot. */
export class BridgeWaits {
  private readonly waiting = new Map<string, Waiting[]>();
  private stopListening: () => void = () => undefined;
  private endGrace: (() => void) | null = null;
  private readonly cancelTimers = new Set<() => void>();

  constructor(
    private readonly bridges: BridgeDirectory,
    private readonly timers: Timers,
  ) {}

  /** True while bridges may still be on their way to a daemon that has just started. */
  get bridgesMayReturn(): boolean {
    return this.endGrace !== null;
  }

  isConnected(bridgeId: string): boolean {
    return this.bridges.list().some((bridge) => bridge.bridgeId === bridgeId && bridge.connected);
  }

  start(): void {
    this.stopListening = this.bridges.onConnected((bridgeId) => this.wake(bridgeId, () => true));
    this.endGrace = this.timers.after(
      RECONNECTION_GRACE_MS,
      () => {
        this.endGrace = null;
        for (const bridgeId of [...this.waiting.keys()]) this.wake(bridgeId, ({ onlyDuringGrace }) => onlyDuringGrace);
      },
      { unref: true },
    );
  }

  dispose(): void {
    this.stopListening();
    this.endGrace?.();
    for (const cancel of this.cancelTimers) cancel();
  }

  add(execution: WorkflowExecution, { path, wait }: OpenStep): void {
    if (wait?.kind !== 'bridge') return;
    const { bridgeId, slot, onlyDuringGrace = false } = wait;
    const others = (this.waiting.get(bridgeId) ?? []).filter((other) => other.execution !== execution || other.path !== path);
    this.waiting.set(bridgeId, [...others, { execution, path, slot, onlyDuringGrace }]);
    this.overtake(bridgeId, slot);
    const isConnected = this.isConnected(bridgeId);
    const hasMissedGrace = onlyDuringGrace && !this.bridgesMayReturn;
    if (!isConnected && !hasMissedGrace) return;
    // It was there and then was not, and may be there again without having been missed; or the grace ended before the wait was told.
    const cancel = this.timers.after(
      REDELIVERY_DELAY_MS,
      () => {
        this.cancelTimers.delete(cancel);
        this.wake(bridgeId, (entry) => isConnected || (entry.execution === execution && entry.path === path));
      },
      { unref: true },
    );
    this.cancelTimers.add(cancel);
  }

  /** Of several runs that wait for one slot only the newest waits on; the others look again, and end. */
  private overtake(bridgeId: string, slot: number | undefined): void {
    if (slot === undefined) return;
    const rivals = (this.waiting.get(bridgeId) ?? []).filter((entry) => entry.slot === slot);
    const [newest] = rivals.map(({ execution }) => execution).sort((a, b) => b.wish - a.wish || b.run.sequence - a.run.sequence);
    this.wake(bridgeId, (entry) => entry.slot === slot && entry.execution !== newest);
  }

  forget(execution: WorkflowExecution): void {
    for (const [bridgeId, entries] of this.waiting) {
      const left = entries.filter((entry) => entry.execution !== execution);
      if (left.length === 0) this.waiting.delete(bridgeId);
      else if (left.length < entries.length) this.waiting.set(bridgeId, left);
    }
  }

  private wake(bridgeId: string, which: (entry: Waiting) => boolean): void {
    const entries = this.waiting.get(bridgeId) ?? [];
    const woken = entries.filter(which);
    const left = entries.filter((entry) => !woken.includes(entry));
    if (left.length === 0) this.waiting.delete(bridgeId);
    else this.waiting.set(bridgeId, left);
    for (const { execution, path } of woken) execution.wake(path);
  }
}
