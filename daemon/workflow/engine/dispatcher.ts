import type { QueuedStep, StepQueue } from '../queue/index.js';

export interface DispatcherOptions {
  readonly queue: StepQueue;
  /** Runs that may have steps under way which take threads. */
  readonly concurrentRuns: number;
  /** Steps of them together. */
  readonly maximumSteps: number;
}

/**
 * Who may start a step now. A step that takes threads, and the first step of a run, need a place of its run; the queue says
 * whose turn it is, after each step anew. Steps that only wait for something outside (a slot, a decision) hold no place.
 */
export class Dispatcher {
  /** Steps under way of each run that has a place. */
  private readonly places = new Map<string, number>();
  private readonly light = new Map<string, QueuedStep[]>();
  private steps = 0;
  private lightCount = 0;
  paused: boolean;

  constructor(
    private readonly options: DispatcherOptions,
    paused: boolean,
  ) {
    this.paused = paused;
  }

  get hasFreePlace(): boolean {
    return this.places.size < this.options.concurrentRuns;
  }

  get queuedSteps(): number {
    return this.options.queue.size + this.lightCount;
  }

  get runningSteps(): number {
    return this.steps;
  }

  add(step: QueuedStep, needsPlace: boolean): void {
    if (needsPlace) return this.options.queue.add(step);
    const steps = this.light.get(step.runId) ?? [];
    steps.push(step);
    this.light.set(step.runId, steps);
    this.lightCount += 1;
  }

  /** Paths of a run's steps whose turn it is. Their places are taken. */
  admit(runId: string): string[] {
    if (this.paused) return [];
    const admitted = (this.light.get(runId) ?? []).map(({ path }) => path);
    this.light.delete(runId);
    this.lightCount -= admitted.length;
    for (let next = this.options.queue.peek(); next !== undefined && next.runId === runId; next = this.options.queue.peek()) {
      if (!this.mayStart(runId)) break;
      this.options.queue.take();
      this.hold(runId);
      admitted.push(next.path);
    }
    return admitted;
  }

  /** The run that may start a step next; undefined where nothing may start. */
  nextRun(): string | undefined {
    if (this.paused) return undefined;
    for (const runId of this.light.keys()) return runId;
    const next = this.options.queue.peek();
    return next !== undefined && this.mayStart(next.runId) ? next.runId : undefined;
  }

  /** A step that had a place is over. */
  release(runId: string): void {
    const count = this.places.get(runId);
    if (count === undefined) return;
    this.steps -= 1;
    if (count > 1) this.places.set(runId, count - 1);
    else this.places.delete(runId);
  }

  /** A run starts nothing more; what it has under way keeps its places. */
  withdraw(runId: string): void {
    this.options.queue.remove(runId);
    this.lightCount -= this.light.get(runId)?.length ?? 0;
    this.light.delete(runId);
  }

  /** A run has ended: it has no steps any more, and holds nothing. */
  forget(runId: string): void {
    this.withdraw(runId);
    this.steps -= this.places.get(runId) ?? 0;
    this.places.delete(runId);
  }

  private mayStart(runId: string): boolean {
    if (this.places.has(runId)) return this.steps < this.options.maximumSteps;
    return this.hasFreePlace;
  }

  /** A step has the place that it had before all was forgotten. */
  hold(runId: string): void {
    this.places.set(runId, (this.places.get(runId) ?? 0) + 1);
    this.steps += 1;
  }
}
