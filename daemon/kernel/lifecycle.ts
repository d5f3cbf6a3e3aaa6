import { withDeadline } from './cancellation.js';
import { messageOf } from './errors.js';

/** Anything that was started and must be stopped. */
export interface Disposable {
  dispose(): void | Promise<void>;
}

export const DEFAULT_DISPOSE_DEADLINE_MS = 5_000;

/**
 * Owns what was started, in order, and stops it in reverse order. One that fails or hangs does not keep the others
 * from being stopped: each gets what is left of the deadline, at least 100 ms.
 */
export class DisposableStack implements Disposable {
  private readonly entries: { name: string; dispose: () => void | Promise<void> }[] = [];
  private disposing: Promise<void> | undefined;

  use<T extends Disposable>(name: string, disposable: T): T {
    this.defer(name, () => disposable.dispose());
    return disposable;
  }

  defer(name: string, dispose: () => void | Promise<void>): void {
    if (this.disposing) throw new Error(`cannot add ${name}: this stack was disposed`);
    this.entries.push({ name, dispose });
  }

  /** Idempotent. Rejects with an AggregateError that names each part that failed or hung. */
  dispose(deadlineMs: number = DEFAULT_DISPOSE_DEADLINE_MS): Promise<void> {
    this.disposing ??= this.disposeAll(performance.now() + deadlineMs);
    return this.disposing;
  }

  private async disposeAll(end: number): Promise<void> {
    const failures: Error[] = [];
    for (let entry = this.entries.pop(); entry !== undefined; entry = this.entries.pop()) {
      const { name, dispose } = entry;
      const milliseconds = Math.max(100, end - performance.now());
      try {
        await withDeadline({ milliseconds, what: `stopping ${name}` }, async () => dispose());
      } catch (error) {
        failures.push(new Error(`${name}: ${messageOf(error)}`, { cause: error }));
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `not stopped cleanly: ${failures.map((failure) => failure.message).join('; ')}`);
    }
  }
}
