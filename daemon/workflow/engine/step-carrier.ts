import { failpoint, GrymError, toGrymError } from '../../kernel/index.js';
import { runRetryBudget, type RunRetryBudget } from '../../recovery/index.js';
import type { ExecutionOutcome, FurtherStart, StepOrder } from '../execution/index.js';
import type { ExecutionParts, StepResult } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { LiveRun } from './live-run.js';
import type { OpenStep } from './open-step.js';

/** The run whose steps are carried out. */
export interface CarriedRun {
  readonly run: JournalledRun;
  readonly live: LiveRun;
  readonly signal: AbortSignal;
  readonly steps: () => Iterable<OpenStep>;
  readonly graphFraction: () => number;
  readonly moved: () => void;
  /** A result for the journal; an error where the step says that the run is cancelled; null where it was stopped from outside. */
  readonly ended: (step: OpenStep, result: StepResult | GrymError | null) => void;
}

/** Hands the steps of one run, once they are journalled as started, to the executor, and takes back what became of them. */
export class StepCarrier {
  private readonly budget: RunRetryBudget;
  private executing = 0;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly parts: ExecutionParts,
    private readonly of: CarriedRun,
  ) {
    this.budget = runRetryBudget({ used: of.run.retries, onTaken: (used) => (of.live.retries = used) });
  }

  get isIdle(): boolean {
    return this.executing === 0;
  }

  /** Resolves when nothing is carried out any more. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.whenIdle.push(resolve));
  }

  carry(step: OpenStep): void {
    failpoint('step.started');
    const { clock, executor } = this.parts;
    step.startedAtMs = clock.monotonicMs();
    step.fraction = 0;
    this.executing += 1;
    if (this.of.live.moved(this.of.graphFraction(), step.activation.step, step.path)) this.of.moved();
    executor.execute(this.order(step)).then(
      (outcome) => this.executed(step, outcome),
      (error: unknown) => this.executed(step, { kind: 'failed', error: toGrymError(error), next: [] }),
    );
  }

  private order(step: OpenStep): StepOrder {
    const { runId, priority, deadlineAtMs, whenStuck } = this.of.run;
    const { definition, activation, prepared, provider, answer } = step;
    if (definition === undefined) throw new GrymError('GRYM_INTERNAL', { reason: `step ${step.path} has no definition` });
    return {
      ...{ definition, runId, prepared, provider, answer, priority, deadlineAtMs },
      ...{ path: step.path, idempotencyKey: `${runId}/${step.path}`, input: step.input ?? {}, services: this.parts.services },
      ...{ attempt: step.attempts, tried: [...step.tried], attempts: activation.attempts, deadlineMs: activation.deadlineMs },
      ...{ mayAsk: whenStuck === 'ask', budget: this.budget, signal: this.of.signal },
      progress: (fraction, stage) => this.progress(step, fraction, stage),
      onStart: (start) => this.startedAgain(step, start),
      onTried: (entry) => step.tried.push(entry),
    };
  }

  private startedAgain(step: OpenStep, { attempt, provider, input }: FurtherStart): void {
    const { database, steps, runs } = this.parts;
    database.transaction(() => {
      const { prepared, tried } = step;
      // What an answer led to is in this start: the answer is used up.
      steps.startAgain(step.row ?? 0, { attempts: attempt, input, prepared, provider, tried }, null);
      runs.setRetries(this.of.run.sequence, this.budget.used);
    });
    step.answer = null;
    step.attempts = attempt;
    step.provider = provider;
    step.input = input;
    failpoint('step.retrying');
  }

  /** What an orderly end of the daemon cuts off has not failed: only starts that a death of the daemon ended are counted. */
  takeBackStart(step: OpenStep): void {
    if (step.row === null) return;
    const hasFailed = step.tried.some(({ attempt }) => attempt === step.attempts);
    try {
      this.parts.steps.takeBackStart(step.row, Math.max(0, step.attempts - (hasFailed ? 0 : 1)), step.tried);
    } catch (error) {
      this.parts.logger.warn('A start that is cut off stays counted', { runId: this.of.run.runId, path: step.path, error });
    }
  }

  /** What the graph has behind it, and the share of the rest that the steps under way have done of themselves. */
  private progress(step: OpenStep, fraction: number, stage: string): void {
    step.fraction = Math.max(step.fraction, Math.min(1, fraction));
    let sum = 0;
    let count = 1;
    for (const open of this.of.steps()) {
      sum += open.phase === 'running' ? open.fraction : 0;
      count += 1;
    }
    const done = this.of.graphFraction();
    if (this.of.live.moved(done + ((1 - done) * sum) / count, stage, step.path)) this.of.moved();
  }

  private executed(step: OpenStep, outcome: ExecutionOutcome): void {
    this.executing -= 1;
    if (outcome.kind !== 'stopped') failpoint('step.finished');
    this.of.ended(step, this.resultOf(step, outcome));
    if (this.isIdle) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private resultOf(step: OpenStep, outcome: ExecutionOutcome): StepResult | GrymError | null {
    switch (outcome.kind) {
      case 'failed':
        return { kind: 'failed', step, error: outcome.error, next: outcome.next };
      case 'stopped':
        return this.of.signal.aborted ? null : outcome.error;
      case 'ask': {
        const { question, options, error } = outcome;
        return { kind: 'wait', step, wait: { kind: 'ask', question, options: [...options], error: error.toWire() } };
      }
      case 'done':
        return this.made(step, outcome);
    }
  }

  private made(step: OpenStep, { outcome, provider, input }: Extract<ExecutionOutcome, { kind: 'done' }>): StepResult {
    if (outcome.kind === 'wait') {
      const { reason } = outcome;
      return { kind: 'wait', step, wait: reason.kind === 'decision' ? { ...reason, options: [...reason.options] } : reason };
    }
    const { output, items = [], explanation = [], libraryOnly = null } = outcome;
    const milliseconds = this.parts.clock.monotonicMs() - step.startedAtMs;
    return { kind: 'done', step, output, items, explanation, libraryOnly, provider, input, milliseconds, cachedFrom: null };
  }
}
