import type { BridgeDirectory, ClipLibrary } from '../../audio/index.js';
import type { ContextHooks, RunContext } from '../../context/index.js';
import { failpoint, GrymError, isGrymError, throwIfCancelled, type Clock, type Logger, type Timers } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { CapabilityRegistry, StepCatalogue } from '../catalogue/index.js';
import type { WorkflowLibrary } from '../definition/index.js';
import type { StepExecutor } from '../execution/index.js';
import type { PlannedRuns } from '../planned-runs.js';
import type { Planning } from '../planning.js';
import type {
  CacheStatistics,
  GenerateJob,
  QueueState,
  RerunRequest,
  RunDetail,
  RunEvent,
  RunHandle,
  RunHistory,
  RunListFilter,
  RunRecord,
  RunRequest,
  RunStatistics,
  SubmitOptions,
  Workflow,
  WorkflowSummary,
} from '../types.js';
import { acceptRequest, deadlineError, type AcceptanceParts, type AcceptedRequest, type Definition } from './acceptance.js';
import type { BridgeWaits } from './bridge-waits.js';
import type { Dispatcher } from './dispatcher.js';
import type { ExecutionParts, RunEnd } from './execution-parts.js';
import { queueStateOf, statisticsOf } from './figures.js';
import { generateRequest } from './generate-request.js';
import type { JournalledRun } from './journal-rows.js';
import { LiveRun } from './live-run.js';
import type { OpenStep } from './open-step.js';
import { journalRerun } from './rerun.js';
import type { RunJournal } from './run-journal.js';
import { resumeRuns } from './resume-run.js';
import { RunListeners } from './run-listeners.js';
import { RunParts } from './run-parts.js';
import { RunViews } from './run-views.js';
import type { StepCache } from './step-cache.js';
import type { StepJournal } from './step-journal.js';
import { WorkflowExecution } from './workflow-execution.js';
import { workflowSummaries } from './workflow-summaries.js';

export interface WorkflowEngineOptions {
  readonly database: Database;
  readonly runs: RunJournal;
  readonly steps: StepJournal;
  readonly cache: StepCache;
  readonly dispatcher: Dispatcher;
  readonly catalogue: StepCatalogue;
  readonly capabilities: CapabilityRegistry;
  readonly executor: StepExecutor;
  readonly contexts: ContextHooks;
  readonly services: unknown;
  readonly acceptance: Omit<AcceptanceParts, 'library'>;
  readonly planning: Planning;
  readonly loadLibrary: () => WorkflowLibrary;
  /** Called once nothing is carried out any more. */
  readonly disposeParts: () => void;
  readonly library: ClipLibrary;
  readonly bridges: BridgeDirectory;
  readonly waits: BridgeWaits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly concurrentRuns: number;
  readonly maximumWaitingRuns: number;
  readonly maximumStepAttempts: number;
}

const JOURNAL_RETRY_MS = 1_000;

/** Runs workflows: takes requests, gives turns to runs, tells what happens to them. */
export class WorkflowEngine implements Workflow {
  private readonly open = new Map<string, WorkflowExecution>();
  private readonly suspended = new Set<WorkflowExecution>();
  private readonly listeners: RunListeners;
  private readonly deadlines = new Map<string, () => void>();
  private readonly parts: ExecutionParts;
  private readonly views: RunViews;
  private readonly runParts: RunParts;
  private documents: WorkflowLibrary;
  private stopping = false;
  private pumpIsDue = false;
  private pumping = false;
  private cancelRetry: (() => void) | null = null;

  constructor(private readonly options: WorkflowEngineOptions) {
    const { database, runs, steps, cache, catalogue, executor, contexts, dispatcher, services, clock, logger, waits } = options;
    this.listeners = new RunListeners(logger);
    this.documents = options.loadLibrary();
    this.views = new RunViews({
      ...{ runs, steps, contexts, library: options.library },
      live: (runId) => this.open.get(runId)?.live,
      documents: () => this.documents,
    });
    this.parts = {
      ...{ database, runs, steps, cache, catalogue, executor, contexts, dispatcher, services, clock, logger },
      maximumStepAttempts: options.maximumStepAttempts,
      isConnected: (bridgeId) => waits.isConnected(bridgeId),
      stateOfPart: (runId) => this.runParts.stateOf(runId),
      listener: {
        changed: (execution, kind) => this.changed(execution, kind),
        stepEnded: () => this.pumpSoon(),
        waiting: (execution, step) => this.waiting(execution, step),
        ended: (execution, end) => this.ended(execution, end),
        suspended: (execution, error) => this.suspend(execution, error),
      },
    };
    this.runParts = new RunParts({
      ...{ parts: this.parts, planning: options.planning, open: this.open },
      acceptance: { ...options.acceptance, library: () => this.documents },
      record: (runId) => this.get(runId),
      begin: (run) => this.beginPart(run),
    });
  }

  /** For the steps that carry out other runs. */
  get plannedRuns(): PlannedRuns {
    return this.runParts;
  }

  async start(): Promise<void> {
    const { logger, waits, contexts } = this.options;
    const { open, executions } = resumeRuns(this.views, this.parts);
    for (const execution of executions) this.open.set(execution.run.runId, execution);
    waits.start();
    for (const execution of executions) this.watch(execution);
    if (executions.length > 0) logger.info('Open runs taken up again', { runs: executions.length });
    void contexts.reconcile(open);
    for (const execution of executions) this.takeUp(execution);
    this.runParts.stopOrphans(executions);
    this.pumpSoon();
    await Promise.resolve();
  }

  submit(job: GenerateJob, options: SubmitOptions = {}): RunHandle {
    return this.run(generateRequest(job), options);
  }

  run(request: RunRequest, options: SubmitOptions = {}): RunHandle {
    const earlier = this.admit(request.requestKey, options.signal);
    if (earlier !== undefined) return earlier;
    const accepted = acceptRequest(request, { ...this.options.acceptance, library: () => this.documents });
    const context = this.journalAccepted(accepted);
    failpoint('run.accepted');
    return this.begin(this.views.journalled(accepted.run.runId), accepted.definition, context, options.signal);
  }

  rerun(request: RerunRequest, options: SubmitOptions = {}): RunHandle {
    const earlier = this.admit(request.requestKey, options.signal);
    if (earlier !== undefined) return earlier;
    const original = this.views.journalled(request.runId);
    const definition = this.views.definition(original);
    if (definition === null) throw new GrymError('GRYM_HISTORY_ABSENT', { runId: original.runId });
    const runId = journalRerun(this.options, original, definition, request, options.signal);
    return this.begin(this.views.journalled(runId), definition, undefined, options.signal);
  }

  decide(runId: string, path: string | undefined, answer: readonly string[], document?: string): RunRecord {
    if (this.stopping) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    this.views.journalled(runId);
    const execution = this.open.get(runId);
    const part = execution?.onlyPart ?? null;
    if (part !== null && this.open.has(part)) {
      this.decide(part, path, answer, document);
      return this.get(runId);
    }
    const where = path === undefined ? '' : ` in the step "${path}"`;
    if (execution === undefined) throw new GrymError('GRYM_RUN_NOT_WAITING', { runId, where });
    execution.decide(path, answer, document);
    this.pumpSoon();
    return this.get(runId);
  }

  cancel(runId: string): boolean {
    this.views.journalled(runId);
    const error = new GrymError('GRYM_CANCELLED', { what: `run ${runId}` });
    return this.open.get(runId)?.stop({ state: 'cancelled', error }) ?? false;
  }

  get(runId: string): RunRecord {
    return this.views.get(runId);
  }

  detail(runId: string): RunDetail {
    return this.views.detail(runId);
  }

  history(runId: string): RunHistory {
    return this.views.history(runId);
  }

  list(filter: RunListFilter = {}): RunRecord[] {
    return this.views.list(filter);
  }

  workflows(): WorkflowSummary[] {
    return workflowSummaries(this.documents, this.options.capabilities);
  }

  reloadWorkflows(): void {
    this.documents = this.options.loadLibrary();
  }

  get workflowLibrary(): WorkflowLibrary {
    return this.documents;
  }

  /** Of an open run; for steps that look into it. */
  contextOf(runId: string): RunContext {
    const execution = this.open.get(runId);
    if (execution === undefined) throw new GrymError('GRYM_RUN_UNKNOWN', { runId });
    return execution.context;
  }

  pauseQueue(): QueueState {
    this.setPaused(true);
    return this.queueState();
  }

  resumeQueue(): QueueState {
    this.setPaused(false);
    this.pumpSoon();
    return this.queueState();
  }

  queueState(): QueueState {
    return queueStateOf(this.options);
  }

  cacheStatistics(): CacheStatistics {
    return this.options.cache.statistics();
  }

  statistics(): RunStatistics {
    return statisticsOf(this.options);
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    return this.listeners.add(listener);
  }

  async dispose(): Promise<void> {
    this.stopping = true;
    this.options.dispatcher.paused = true;
    this.options.waits.dispose();
    this.cancelRetry?.();
    for (const cancel of this.deadlines.values()) cancel();
    const error = new GrymError('GRYM_SHUTTING_DOWN', {});
    const executions = [...this.open.values()];
    for (const execution of executions) execution.interrupt(error);
    await Promise.all(executions.map((execution) => execution.idle()));
    for (const execution of executions) if (!execution.isOver) execution.live.failed(error);
    this.open.clear();
    this.listeners.clear();
    this.options.disposeParts();
  }

  /** What is asked of every new run, whatever it is. The handle of the run that the key names, where there is one. */
  private admit(requestKey: string | undefined, signal: AbortSignal | undefined): RunHandle | undefined {
    if (this.stopping) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    throwIfCancelled(signal, 'the request');
    const { runs, dispatcher, maximumWaitingRuns, library } = this.options;
    const earlier = requestKey === undefined ? undefined : runs.findByRequestKey(requestKey);
    if (earlier !== undefined) return this.handleOf(earlier);
    const waiting = runs.count('queued');
    if ((!dispatcher.hasFreePlace || dispatcher.paused) && waiting >= maximumWaitingRuns) throw new GrymError('GRYM_BUSY', { waiting });
    library.assertWritable();
    return undefined;
  }

  private journalAccepted({ run, definition, items }: AcceptedRequest): RunContext {
    const { database, runs, contexts } = this.options;
    failpoint('run.accepting');
    return database.transaction(() => {
      runs.accept(run, definition.text);
      const context = contexts.begin({ runId: run.runId, workflow: run.workflow, atMs: run.submittedAtMs }, items);
      failpoint('run.journalling');
      return context;
    });
  }

  private begin(run: JournalledRun, { compiled }: Definition, context: RunContext | undefined, signal: AbortSignal | undefined): RunHandle {
    // Only a re-run has results already.
    const journalled = run.rerunOf === null ? [] : this.options.steps.ofRun(run.sequence);
    const execution = new WorkflowExecution(this.parts, run, compiled, { resumptions: 0, journalled, ...(context && { context }) });
    this.open.set(run.runId, execution);
    this.watch(execution);
    this.bindSignal(execution, signal);
    this.changed(execution, 'state');
    // The caller gets its handle before anything happens.
    this.pumpSoon();
    return execution.live.handle;
  }

  /** A run that is journalled as a part of another one; null where the daemon stops: then the next one begins it. */
  private beginPart(run: JournalledRun): WorkflowExecution | null {
    const definition = this.stopping ? null : this.views.definition(run);
    if (definition === null) return null;
    const execution = new WorkflowExecution(this.parts, run, definition.compiled, { resumptions: 0, journalled: [] });
    this.open.set(run.runId, execution);
    this.watch(execution);
    this.changed(execution, 'state');
    this.pumpSoon();
    return execution;
  }

  private bindSignal({ live, run }: WorkflowExecution, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const cancel = (): void => void (this.open.has(run.runId) && this.cancel(run.runId));
    signal.addEventListener('abort', cancel, { once: true });
    live.onClosed(() => signal.removeEventListener('abort', cancel));
  }

  /** On time or not at all. */
  private watch(execution: WorkflowExecution): void {
    const { runId, deadlineAtMs } = execution.run;
    if (deadlineAtMs === null) return;
    const { clock, timers } = this.options;
    const left = Math.max(0, deadlineAtMs - clock.nowMs());
    const end = (): void => void execution.stop({ state: 'failed', error: deadlineError(runId, deadlineAtMs) });
    this.deadlines.set(runId, timers.after(left, end, { unref: true }));
  }

  /** Steps that waited when the last process ended wait on, unless what they waited for is there. */
  private takeUp(execution: WorkflowExecution): void {
    for (const step of [...execution.openSteps.values()]) {
      if (step.phase === 'waiting') this.runParts.add(execution, step);
      if (step.phase !== 'waiting' || step.wait?.kind !== 'bridge') continue;
      if (this.options.waits.isConnected(step.wait.bridgeId)) execution.wake(step.path);
      else this.options.waits.add(execution, step);
    }
    execution.advance();
  }

  private pumpSoon(): void {
    if (this.pumpIsDue || this.stopping) return;
    this.pumpIsDue = true;
    queueMicrotask(() => {
      this.pumpIsDue = false;
      this.pump();
    });
  }

  /** Gives turns to the runs whose steps are next in the queue. */
  private pump(): void {
    if (this.pumping || this.stopping) return;
    this.pumping = true;
    try {
      let last: string | undefined;
      for (let next = this.options.dispatcher.nextRun(); next !== undefined && next !== last; next = this.options.dispatcher.nextRun()) {
        const execution = this.open.get(next);
        if (execution === undefined) this.options.dispatcher.forget(next);
        else execution.advance();
        last = next;
      }
    } finally {
      this.pumping = false;
    }
  }

  private changed(execution: WorkflowExecution, kind: RunEvent['kind']): void {
    if (!this.listeners.isEmpty) this.listeners.tell(kind, this.views.ofLive(execution.live));
    if (kind === 'state' && execution.live.state.startsWith('waiting')) execution.live.parked(this.views.ofLive(execution.live));
    this.runParts.moved(execution);
  }

  private waiting(execution: WorkflowExecution, step: OpenStep): void {
    this.options.waits.add(execution, step);
    this.runParts.add(execution, step);
    if (execution.live.state.startsWith('waiting')) execution.live.parked(this.views.ofLive(execution.live));
  }

  private ended(execution: WorkflowExecution, { state, error }: RunEnd): void {
    const { runId } = execution.run;
    this.open.delete(runId);
    this.suspended.delete(execution);
    this.options.waits.forget(execution);
    this.deadlines.get(runId)?.();
    this.deadlines.delete(runId);
    const record = this.views.record(this.views.journalled(runId));
    this.listeners.tell('state', record);
    if (error !== null) execution.live.failed(error);
    else execution.live.succeeded(record);
    this.options.logger.info('Run ended', { runId, state, ...(error && { error }) });
    this.runParts.ended(execution);
    this.pumpSoon();
    if (this.suspended.size > 0) queueMicrotask(() => this.retryJournal());
  }

  private suspend(execution: WorkflowExecution, error: unknown): void {
    const { logger, library, timers } = this.options;
    const { runId } = execution.run;
    logger.error('A run could not be journalled; it will be, or it is taken up again at the next start', { runId, error });
    const reason = 'the journal takes no more';
    const known = isGrymError(error) ? error : new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: library.folder, reason });
    execution.live.failed(known);
    this.suspended.add(execution);
    this.cancelRetry ??= timers.after(JOURNAL_RETRY_MS, () => this.retryJournal(), { unref: true });
  }

  private retryJournal(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    const suspended = [...this.suspended];
    this.suspended.clear();
    if (this.stopping) return;
    for (const execution of suspended) {
      execution.resume();
      if (!execution.isOver) this.takeUp(execution);
    }
    this.pumpSoon();
  }

  private setPaused(paused: boolean): void {
    failpoint('queue.pausing');
    this.options.runs.setQueuePaused(paused);
    this.options.dispatcher.paused = paused || this.stopping;
    failpoint('queue.paused');
  }

  private handleOf(run: JournalledRun): RunHandle {
    const execution = this.open.get(run.runId);
    if (execution !== undefined) return execution.live.handle;
    const ended = new LiveRun(run, run.resumptions);
    if (run.error !== null) ended.failed(GrymError.fromWire(run.error));
    else ended.succeeded(this.views.record(run));
    return ended.handle;
  }
}
