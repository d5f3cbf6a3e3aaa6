import type { RunContext } from '../../context/index.js';
import { failpoint, isGrymError, toGrymError, type GrymError } from '../../kernel/index.js';
import { openGraph, type Activation, type CompiledWorkflow, type GraphRun } from '../definition/index.js';
import type { RunState } from '../types.js';
import type { ExecutionParts, RunEnd, StepResult } from './execution-parts.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import { LiveRun } from './live-run.js';
import { OpenStep, waitingState } from './open-step.js';
import { answered, assertChoice, decisionAt } from './decisions.js';
import { firstWait, journalledResult, ResultCommitter, type CommittingRun } from './result-committer.js';
import { endingOf, failureOf, type StepFailure } from './run-ending.js';
import { keptOf } from './run-undo.js';
import { StepCarrier } from './step-carrier.js';
import { StepStarter } from './step-starter.js';
import { Turn, type Unit } from './turn.js';

/** So that a long chain of cached results does not hold up everything else. */
const UNITS_AT_ONCE = 100;

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
  private graph: GraphRun;
  private loadedContext: RunContext | undefined;
  private steps = new Map<string, OpenStep>();
  private results: StepResult[] = [];
  private admitted: OpenStep[] = [];
  private readonly failures = new Map<string, StepFailure>();
  /** Starts that the journal refused for a reason of their own. */
  private readonly refused = new Map<string, GrymError>();
  /** Waiting steps that were told to run again, and are not journalled as started yet. */
  private readonly woken = new Set<string>();
  private stopped: RunEnd | null = null;
  private journalledState: RunState;
  private begun = false;
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
    this.starter = new StepStarter(parts);
    this.committer = new ResultCommitter(parts);
    this.carrier = new StepCarrier(parts, {
      ...{ run, live: this.live, signal: this.controller.signal },
      steps: () => this.steps.values(),
      graphFraction: () => this.graph.fraction,
      moved: () => this.over || this.parts.listener.changed(this, 'progress'),
      ended: (step, result) => this.stepEnded(step, result),
    });
    this.graph = this.openGraph();
    this.takeUp(how.journalled, new Map());
  }

  get isOver(): boolean {
    return this.over;
  }

  get openSteps(): ReadonlyMap<string, OpenStep> {
    return this.steps;
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

  /** Ends the run as soon as what it carries out has stopped; false where it is ending already. */
  stop(end: RunEnd): boolean {
    if (this.over || this.stopped !== null) return false;
    this.stopped = end;
    // Others need not wait until what is under way has stopped.
    this.parts.dispatcher.withdraw(this.run.runId);
    this.controller.abort(end.error ?? undefined);
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
    const step = this.steps.get(path);
    if (step?.phase !== 'waiting' || this.stopped !== null) return;
    this.woken.add(path);
    if (this.suspension !== undefined) return;
    step.phase = 'queued';
    this.offer(step);
    this.advance();
  }

  /**
   * Throws GRYM_RUN_NOT_WAITING, GRYM_DECISION_INVALID, GRYM_SHUTTING_DOWN, or what the journal says; what was refused so has no
   * effect later either.
   */
  decide(path: string | undefined, chosen: readonly string[]): void {
    if (this.interruption !== null) throw this.interruption;
    if (this.suspension !== undefined) throw toGrymError(this.suspension);
    const { step, wait } = decisionAt(this.run.runId, this.stopped === null ? this.undecided() : [], path);
    assertChoice(chosen, wait);
    failpoint('decision.journalling');
    if (wait.kind === 'ask') {
      const answer = chosen[0] ?? '';
      this.parts.steps.setAnswer(step.row ?? 0, answer);
      step.answer = answer;
    } else {
      this.results.push(answered(step, wait, chosen, this.parts.services));
      this.advance();
      if (this.suspension !== undefined && this.results.some((result) => result.step === step)) {
        this.results = this.results.filter((result) => result.step !== step);
        throw toGrymError(this.suspension);
      }
    }
    failpoint('decision.journalled');
    if (wait.kind === 'ask') this.wake(step.path);
  }

  /** Without those whose answer is on its way into the journal. */
  private undecided(): OpenStep[] {
    return [...this.steps.values()].filter((step) => !this.results.some((result) => result.step === step));
  }

  private openGraph(): GraphRun {
    return openGraph(this.definition, this.run.inputs, { seed: this.run.seed, bridge: this.run.bridgeId });
  }

  /** Leads the graph to where the journal is. `kept`: steps that go on in this process. */
  private takeUp(rows: readonly JournalledStep[], kept: ReadonlyMap<string, OpenStep>): void {
    const byPath = new Map(rows.map((row) => [row.path, row]));
    this.steps = new Map();
    for (let ready = this.graph.takeReady(); ready.length > 0; ready = this.graph.takeReady()) {
      for (const activation of ready) {
        const row = byPath.get(activation.path);
        if (row === undefined || row.state === 'started' || row.state === 'waiting') this.open(activation, row, kept);
        else this.graph.settle(row.path, journalledResult(row, this.live));
      }
    }
    this.tellWaits();
  }

  private tellWaits(): void {
    const { live } = this;
    live.waitingFor = firstWait(this.steps.values());
    if (live.waitingFor === null || waitingState(this.steps.values()) === null) return;
    live.stage = live.waitingFor.kind === 'bridge' ? 'waiting for the bridge' : 'waiting for a decision';
  }

  private open(activation: Activation, row: JournalledStep | undefined, kept: ReadonlyMap<string, OpenStep>): void {
    const goesOn = kept.get(activation.path);
    const step = goesOn ?? new OpenStep(activation, this.parts.catalogue.find(activation.step));
    if (row !== undefined) {
      if (goesOn === undefined) step.takeUp(row);
      else step.follow(row);
      if (this.woken.has(step.path) && step.phase === 'waiting') step.phase = 'queued';
    }
    this.steps.set(step.path, step);
    if (step.phase === 'queued') this.offer(step);
    else if (step.phase === 'running' && step.holdsPlace) this.parts.dispatcher.hold(this.run.runId);
  }

  /** Puts a step into the queue. A run that stops takes nothing, and must not stand before others there. */
  private offer(step: OpenStep): void {
    if (this.stopped !== null) return;
    const { runId, bridgeId, priority, deadlineAtMs, sequence } = this.run;
    const cost = this.starter.costOf(step);
    step.needsPlace = cost.threads > 0 || !this.begun;
    this.parts.dispatcher.add(
      {
        ...{ runId, path: step.path, flow: bridgeId ?? '', priority, deadlineAtMs, runSequence: sequence },
        position: step.activation.position,
        cost: cost.seconds * Math.max(1, cost.threads),
      },
      step.needsPlace,
    );
  }

  private hasUnit(): boolean {
    return this.nextUnit() !== null;
  }

  private nextUnit(): Unit | null {
    if (this.over) return null;
    const result = this.results[0];
    if (result !== undefined) return { kind: 'result', result };
    if (this.stopped !== null) return this.carrier.isIdle ? { kind: 'end' } : null;
    if (this.admitted.length === 0) this.admit();
    const step = this.admitted[0];
    if (step !== undefined) return { kind: 'start', step };
    if (this.graph.end !== null) return { kind: 'end' };
    const state = this.stateNow();
    return state === this.journalledState ? null : { kind: 'state', state };
  }

  private admit(): void {
    for (const path of this.parts.dispatcher.admit(this.run.runId)) {
      const step = this.steps.get(path);
      if (step?.phase !== 'queued') continue;
      step.phase = 'admitted';
      step.holdsPlace = step.needsPlace;
      this.admitted.push(step);
    }
  }

  private stateNow(): RunState {
    return waitingState(this.steps.values()) ?? (this.begun ? 'running' : 'queued');
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
          this.admitted.shift();
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
    if (this.steps.get(step.path) !== step) return;
    if (step.row === null) turn.settled.push(step);
    const settled = this.committer.commit(result, this.committing);
    turn.results += 1;
    this.giveBack(step);
    if (settled?.kind === 'failed') this.failures.set(step.path, failureOf(result, settled.error));
    if (settled === null) {
      step.phase = 'waiting';
      turn.waiting.push(step);
      this.tellWaits();
      return;
    }
    this.steps.delete(step.path);
    if (step.wait !== null) this.tellWaits();
    this.graph.settle(step.path, settled);
    for (const activation of this.graph.takeReady()) this.open(activation, undefined, NONE);
  }

  private start(step: OpenStep, turn: Turn): void {
    const refusal = this.refused.get(step.path);
    const result: StepResult | null =
      refusal === undefined
        ? this.starter.start(step, { run: this.run, context: () => this.context })
        : { kind: 'failed', step, error: refusal, next: undefined };
    this.begun = true;
    if (result !== null) {
      this.results.push(result);
      return;
    }
    step.phase = 'running';
    step.wait = null;
    turn.launched.push(step);
    if (this.live.waitingFor !== null) this.tellWaits();
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
    const open = [...this.steps.values()];
    const { journalled, end } = endingOf({ run, live, stopped, failures, open, graphEnd: this.graph.end }, clock.nowMs());
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
    const kept = keptOf(turn, this.steps.values(), results);
    this.live.forgetResults();
    this.results = kept.results;
    this.admitted = [];
    const journalled = runs.find(this.run.runId);
    this.journalledState = journalled?.state ?? this.journalledState;
    this.live.state = this.journalledState;
    this.live.clipHash = journalled?.clipHash ?? null;
    this.graph = this.openGraph();
    this.takeUp(steps.ofRun(this.run.sequence), kept.steps);
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
      this.woken.delete(step.path);
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

const NONE: ReadonlyMap<string, OpenStep> = new Map();
