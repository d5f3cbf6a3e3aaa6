/** A step of a run that is ready and waits for its turn. */
export interface QueuedStep {
  readonly runId: string;
  readonly path: string;
  /** Whose share it counts against: the bridge's id, or `` for runs without one. */
  readonly flow: string;
  /** Higher first. */
  readonly priority: number;
  /** Wall clock; null = none, which comes after all that have one. */
  readonly deadlineAtMs: number | null;
  /** Order of acceptance of the run; an earlier run of the same flow goes first. */
  readonly runSequence: number;
  /** Place in the run's graph; sorts as text. */
  readonly position: string;
  /** What the step will probably take, in seconds of one thread; fair shares are counted in it. */
  readonly cost: number;
}

/**
 * The steps that are ready to run. Order: priority, deadline, fair share between flows, acceptance, place in the graph.
 * Bounded by what puts into it: runs are refused beyond a number of waiting ones, and a run's activations are bounded by its
 * definition; a step of an accepted run is never dropped.
 */
export interface StepQueue {
  add(step: QueuedStep): void;
  /** The one that is next; stays in the queue. */
  peek(): QueuedStep | undefined;
  take(): QueuedStep | undefined;
  /** Takes all steps of a run out. */
  remove(runId: string): void;
  readonly size: number;
}
