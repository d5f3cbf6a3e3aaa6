import type { Logger } from '../../kernel/index.js';
import type { RunEvent, RunRecord } from '../types.js';

/** Those who want to know what happens to runs. What one of them throws keeps it neither from the others nor from the run. */
export class RunListeners {
  private readonly listeners = new Set<(event: RunEvent) => void>();

  constructor(private readonly logger: Logger) {}

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  add(listener: (event: RunEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(kind: RunEvent['kind'], run: RunRecord): void {
    for (const listener of this.listeners) {
      try {
        listener({ kind, run });
      } catch (error) {
        this.logger.error('A listener for runs failed', { error });
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
