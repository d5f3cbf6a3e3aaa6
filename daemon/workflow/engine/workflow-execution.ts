import type { RunContext } from '../../context/index.js';
import { failpoint, GrymError, isGrymError, toGrymError } from '../../kernel/index.js';
import type { CompiledWorkflow } from '../definition/index.js';
import type { RunState } from '../types.js';
import type { ExecutionParts, RunEnd, StepResult, StoppedRun } from './execution-parts.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import { LiveRun } from './live-run.js';
import type { OpenStep } from './open-step.js';
import { answered, assertChoice, decisionAt } from './decisions.js';
import { ResultCommitter, type CommittingRun } from './result-committer.js';
import { endingOf, failureOf, type StepFailure } from './run-ending.js';
import { RunSteps } from './run-steps.js';
import { keptOf } from './run-undo.js';
import { StepCarrier } from './step-carrier.js';
import { StepStarter } from './step-starter.js';
import { Turn, type Unit } from './turn.js';

/** So that a long chain of cached results does not hold up everything else. */
const UNITS_AT_ONCE = 100;
/** Of the whole run, by what its part says of itself; an estimate, since more may follow. */
const SHARE_OF_PART = 0.9;

/**
 * One open run. Its turns are transactions: the results that are there, the starts that follow from them and, where nothing
 * follows, the run's end are journalled together, and acted on afterwards. A turn that fails is undone in memory too, by reading
 * the journal again, and then done piece by piece, so that what can be kept is kept.
 */
export class WorkflowExecution {
  readonly live: LiveRun;
  private readonly controller = new AbortController();
  private readonly starter: StepStarter;
  private readonly committer: ResultCommitter;
  private readonly steps: RunSteps;
  private loadedContext: RunContext | undefined;
  private results: StepResult[] = [];
  private readonly failures = new Map<string, StepFailure>();
  /** Starts that the journal refused for a reason of their own. */
  private readonly refused = new Map<string, GrymError>();
  /** How the run was ended from outside, once it was. */
  private stopped: RunEnd | null;
  private journalledState: RunState;
  private over = false;
  private busy = false;
  private interruption: GrymError | null = null;
  private suspension: unknown = undefined;
  private readonly carrier: StepCarrier;

  constructor(
    private readonly parts: ExecutionParts,
    readonly run: JournalledRun,
    readonly definition: CompiledWorkflow,
    how: { readonly resumptions: number; readonly context?: RunContext; readonly journalled: readonly JournalledStep[] },
  ) {
    this.live = new LiveRun(run, how.resumptions);
    this.loadedContext = how.context;
    this.journalledState = run.state;
    this.stopped = run.stopping && { state: run.stopping.state, error: GrymError.fromWire(run.stopping.error) };
    this.starter = new StepStarter(parts);
    this.committer = new ResultCommitter(parts);
    this.carrier = new StepCarrier(parts, {
      ...{ run, live: this.live, signal: this.controller.signal },
      steps: () => this.steps.open.values(),
      graphFraction: () => this.steps.fraction,
      moved: () => this.over || this.parts.listener.changed(this, 'progress'),
      ended: (step, result) => this.stepEnded(step, result),
    });
    const begunEarlier = how.resumptions > 0 && how.journalled.length > 0;
    this.steps = new RunSteps(parts, this.starter, {
      run,
      definition,
      live: this.live,
      isStopping: () => this.stopped !== null,
      begunEarlier,
    });
    this.steps.takeUp(how.journalled, new Map());
  }

  get isOver(): boolean {
    return this.over;
  }

  /** When it, or the run that it is part of, was asked for: of two wishes for one slot the later one counts. */
  get wish(): number {
    const { partOf, sequence } = this.run;
    return partOf === null ? sequence : (this.parts.runs.find(partOf)?.sequence ?? sequence);
  }

  get openSteps(): ReadonlyMap<string, OpenStep> {
    return this.steps.open;
  }

  get context(): RunContext {
    this.loadedContext ??= this.parts.contexts.load({
      ...{ runId: this.run.runId, workflow: this.run.workflow, atMs: this.run.submittedAtMs },
    });
    return this.loadedContext;
  }

  /** Resolves when no step of it is carried out any more. */
  idle(): Promise<void> {
    return this.carrier.idle();
  }

  /** Journals what there is to journal, and acts on it. */
  advance(): void {
    if (this.busy || this.over || this.suspension !== undefined) return;
    this.busy = true;
    try {
      for (let units = UNITS_AT_ONCE; this.hasUnit();) {
        const turn = new Turn();
        const results = [...this.results];
        try {
          this.parts.database.transaction(() => this.perform(turn, units));
        } catch (error) {
          this.undo(turn, results);
          if (units === 1 && !this.replace(turn.unit, error)) return this.suspend(error);
          units = 1;
          continue;
        }
        this.act(turn);
      }
    } finally {
      this.busy = false;
    }
  }

  /** After the journal took nothing for a while. */
  resume(): void {
    this.suspension = undefined;
    this.live.renew();
    this.undo(new Turn(), this.results);
    this.advance();
  }

  /**
   * Ends the run as soon as what it carries out has stopped, in the next process if need be; false where it is ending already.
   * While the journal takes nothing the run stops all the same, and its end is journalled as soon as it can be.
   */
  stop(end: StoppedRun): boolean {
    if (this.over || this.stopped !== null) return false;
    // What carries out nothing ends at once.
    if (!this.carrier.isIdle) this.journalStop(end);
    this.stopped = end;
    // Others need not wait until what is under way has stopped.
    this.parts.dispatcher.withdraw(this.run.runId);
    this.controller.abort(end.error);
    this.advance();
    return true;
  }

  /** The daemon stops: what is carried out is left for the next start. */
  interrupt(error: GrymError): void {
    this.interruption = error;
    if (this.stopped === null) for (const { step } of this.results) this.carrier.takeBackStart(step);
    this.controller.abort(error);
  }

  /** Runs a waiting step again. */
  wake(path: string): void {
    const step = this.steps.open.get(path);
    if (step?.phase !== 'waiting' || this.stopped !== null) return;
    const isHeldBack = this.suspension !== undefined;
    this.steps.wake(step, isHeldBack);
    if (!isHeldBack) this.advance();
  }

  /**
   * Throws GRYM_RUN_NOT_WAITING, GRYM_DECISION_INVALID, GRYM_WORKFLOW_INVALID, GRYM_SHUTTING_DOWN, or what the journal says; what was refused so has no
   * effect later either.
   */
  decide(path: string | undefined, chosen: readonly string[], document?: string): void {
    if (this.interruption !== null) throw this.interruption;
    if (this.suspension !== undefined) throw toGrymError(this.suspension);
    const { step, wait } = decisionAt(this.run.runId, this.stopped === null ? this.undecided() : [], path);
    assertChoice(chosen, wait, document);
    failpoint('decision.journalling');
    if (wait.kind === 'ask') {
      const answer = chosen[0] ?? '';
      this.parts.steps.setAnswer(step.row ?? 0, answer);
      step.answer = answer;
    } else {
      this.results.push(answered(step, wait, { chosen, document }, this.parts.services));
      this.advance();
      if (this.suspension !== undefined && this.results.some((result) => result.step === step)) {
        this.results = this.results.filter((result) => result.step !== step);
        throw toGrymError(this.suspension);
      }
    }
    failpoint('decision.journalled');
    if (wait.kind === 'ask') this.wake(step.path);
  }

  /** A run that is part of this one has moved, or waits. */
  partMoved(part: LiveRun): void {
    if (this.over) return;
    const path = part.run.partPath;
    if (this.live.moved(part.fraction * SHARE_OF_PART, part.stage, path)) this.parts.listener.changed(this, 'progress');
    this.steps.tellWaits();
    this.advance();
  }

  /** The run that is part of this one and that it waits for, where it waits for nothing else. */
  get onlyPart(): string | null {
    const waits = [...this.steps.open.values()].filter(({ phase }) => phase === 'waiting').map(({ wait }) => wait);
    const [only, ...others] = waits;
    return only?.kind === 'run' && others.length === 0 ? only.runId : null;
  }

  private journalStop(end: StoppedRun): void {
    try {
      failpoint('run.stopping');
      this.parts.runs.setStopping(this.run.sequence, { state: end.state, error: end.error.toWire() });
    } catch (error) {
      this.parts.logger.warn('That a run is to stop could not be journalled; its end will be', { runId: this.run.runId, error });
    }
    failpoint('run.stopped');
  }

  /** Without those whose answer is on its way into the journal. */
  private undecided(): OpenStep[] {
    return [...this.steps.open.values()].filter((step) => !this.results.some((result) => result.step === step));
  }

  private hasUnit(): boolean {
    return this.nextUnit() !== null;
  }

  private nextUnit(): Unit | null {
    if (this.over) return null;
    const result = this.results[0];
    if (result !== undefined) return { kind: 'result', result };
    if (this.stopped !== null) return this.carrier.isIdle ? { kind: 'end' } : null;
    const step = this.steps.nextAdmitted();
    if (step !== undefined) return { kind: 'start', step };
    if (this.steps.end !== null) return { kind: 'end' };
    const { state } = this.steps;
    return state === this.journalledState ? null : { kind: 'state', state };
  }

  /** At most so many units of work, inside one transaction. */
  private perform(turn: Turn, units: number): void {
    for (let count = 0; count < units; count += 1) {
      const unit = this.nextUnit();
      turn.unit = unit;
      if (unit === null) return;
      switch (unit.kind) {
        case 'result':
          this.results.shift();
          this.commitResult(unit.result, turn);
          break;
        case 'start':
          this.start(unit.step, turn);
          break;
        case 'state':
          this.setState(unit.state, turn);
          break;
        case 'end':
          this.end(turn);
          return;
      }
    }
  }

  private commitResult(result: StepResult, turn: Turn): void {
    const { step } = result;
    // A step has one result, whatever came twice.
    if (this.steps.open.get(step.path) !== step) return;
    if (step.row === null) turn.settled.push(step);
    const settled = this.committer.commit(result, this.committing);
    turn.results += 1;
    this.giveBack(step);
    if (settled?.kind === 'failed') this.failures.set(step.path, failureOf(result, settled.error));
    if (settled === null) {
      turn.waiting.push(step);
      this.steps.waits(step);
    } else this.steps.settle(step, settled);
  }

  private start(step: OpenStep, turn: Turn): void {
    const refusal = this.refused.get(step.path);
    const result: StepResult | null =
      refusal === undefined
        ? this.starter.start(step, { run: this.run, context: () => this.context })
        : { kind: 'failed', step, error: refusal, next: undefined };
    this.steps.started(step);
    if (result !== null) {
      this.results.push(result);
      return;
    }
    this.steps.launched(step);
    turn.launched.push(step);
    if (this.journalledState !== 'running') this.setState('running', turn);
  }

  private setState(state: RunState, turn: Turn): void {
    this.parts.runs.setState(this.run.sequence, state);
    this.journalledState = state;
    this.live.state = state;
    turn.stateChanged = true;
  }

  private end(turn: Turn): void {
    const { runs, clock, contexts } = this.parts;
    failpoint('run.finishing');
    const { run, live, stopped, failures } = this;
    const open = [...this.steps.open.values()];
    const { journalled, end } = endingOf({ run, live, stopped, failures, open, graphEnd: this.steps.end }, clock.nowMs());
    for (const step of open) this.committer.cancel(step, this.committing);
    runs.end(run.sequence, journalled);
    const forgotten = runs.forgetOldest();
    if (forgotten.length > 0) {
      contexts.forget(forgotten);
      failpoint('run.forgetting');
    }
    turn.end = end;
  }

  private get committing(): CommittingRun {
    return { run: this.run, live: this.live, context: () => this.context };
  }

  /** A transaction was rolled back: memory follows the journal again. */
  private undo(turn: Turn, results: readonly StepResult[]): void {
    const { runs, cache, steps, dispatcher } = this.parts;
    runs.rolledBack();
    cache.rolledBack();
    dispatcher.forget(this.run.runId);
    for (const step of turn.settled) step.row = null;
    const kept = keptOf(turn, this.steps.open.values(), results);
    this.live.forgetResults();
    this.results = kept.results;
    const journalled = runs.find(this.run.runId);
    this.journalledState = journalled?.state ?? this.journalledState;
    this.live.state = this.journalledState;
    this.live.clipHash = journalled?.clipHash ?? null;
    this.steps.takeUp(steps.ofRun(this.run.sequence), kept.steps);
  }

  /** One unit cannot be journalled: true where something else can be journalled in its place. */
  private replace(unit: Unit | null, thrown: unknown): boolean {
    if (isGrymError(thrown, 'GRYM_LIBRARY_UNWRITABLE') || unit === null) return false;
    const error = toGrymError(thrown);
    if (unit.kind === 'result') {
      const { step, kind } = unit.result;
      // A run that is to end needs no result.
      const isDropped = this.stopped !== null;
      if (!isDropped && kind === 'failed') return false;
      // Without a row the step is started once more, and that start is refused.
      if (step.row === null) return this.refuse(step, error);
      const others = this.results.filter((result) => result.step !== step);
      this.results = isDropped ? others : [{ kind: 'failed', step, error, next: undefined }, ...others];
      return true;
    }
    return unit.kind === 'start' && this.refuse(unit.step, error);
  }

  /** False where that was tried before. */
  private refuse({ path }: OpenStep, error: GrymError): boolean {
    if (this.refused.has(path)) return false;
    this.refused.set(path, error);
    return true;
  }

  private suspend(error: unknown): void {
    this.suspension = error;
    this.parts.dispatcher.forget(this.run.runId);
    this.parts.listener.suspended(this, error);
  }

  /** After the transaction is committed. */
  private act(turn: Turn): void {
    if (turn.results > 0) failpoint('step.committed');
    if (turn.end !== null) return this.close(turn.end);
    for (const step of turn.launched) {
      this.steps.carried(step);
      this.carrier.carry(step);
    }
    if (turn.results > 0 && this.loadedContext !== undefined) void this.loadedContext.snapshot(false);
    if (turn.stateChanged) this.parts.listener.changed(this, 'state');
    for (const step of turn.waiting) {
      failpoint('wait.journalled');
      this.parts.listener.waiting(this, step);
    }
  }

  private close(end: RunEnd): void {
    this.over = true;
    this.parts.dispatcher.forget(this.run.runId);
    failpoint('run.finished');
    void this.context.snapshot(true);
    this.live.closed();
    this.parts.listener.ended(this, end);
  }

  private stepEnded(step: OpenStep, result: StepResult | GrymError | null): void {
    this.giveBack(step);
    if (isGrymError(result)) this.stop({ state: 'cancelled', error: result });
    else if (result !== null) this.results.push(result);
    const isCutOff = this.interruption !== null && this.stopped === null && (result === null || this.suspension !== undefined);
    if (isCutOff) this.carrier.takeBackStart(step);
    this.advance();
    this.parts.listener.stepEnded();
  }

  private giveBack(step: OpenStep): void {
    if (!step.holdsPlace) return;
    step.holdsPlace = false;
    this.parts.dispatcher.release(this.run.runId);
  }
}
