import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../../kernel/index.js';
import type { RunnerIo } from '../hosts/model-runner.js';

/** Cuts a task into parts that are counted: between two of them it hears of cancelling, and after each it says how far it is. */
export class Pace {
  private done = 0;

  constructor(
    private readonly io: Pick<RunnerIo, 'signal' | 'progress'>,
    private readonly parts: number,
    private readonly what: string,
  ) {}

  /** Before a part. The event loop turns once, so that what has come in by then is heard. Throws where the task is cancelled. */
  async begin(stage: string): Promise<void> {
    await setImmediate();
    throwIfCancelled(this.io.signal, this.what);
    this.io.progress(this.done / this.parts, stage);
  }

  end(stage: string): void {
    this.done = Math.min(this.parts, this.done + 1);
    this.io.progress(this.done / this.parts, stage);
  }

  get signal(): AbortSignal {
    return this.io.signal;
  }

  async part<T>(stage: string, work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
    await this.begin(stage);
    const result = await work(this.signal);
    this.end(stage);
    return result;
  }
}
