import type { ClipLibrary } from '../audio/index.js';
import { failpoint, GrymError, isGrymError, throwIfCancelled, toGrymError, type Clock, type Logger } from '../kernel/index.js';
import { completeJob, type AcceptanceParts } from './job-acceptance.js';
import { LiveRun } from './live-run.js';
import type { DeliveryOutcome, MainJob } from './main-job.js';
import type { JournalledRun, RunJournal } from './run-journal.js';
import { runRecord } from './run-record.js';
import type { GenerateJob, RunEvent, RunHandle, RunRecord, RunState, RunStatistics, SubmitOptions, Workflow } from './types.js';

export interface RunEngineOptions {
  readonly journal: RunJournal;
  readonly library: ClipLibrary;
  readonly job: MainJob;
  readonly acceptance: AcceptanceParts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly concurrentRuns: number;
  readonly maximumWaitingRuns: number;
}

interface RunEnd {
  readonly state: RunState;
  readonly note: string;
  readonly error: GrymError | null;
}

const REDELIVERY_DELAY_MS = 250;
// Plugins look for a new daemon at least every 250 ms and are attached again within a second.
const RECONNECTION_GRACE_MS = 3_000;
const DEFAULT_LISTED_RUNS = 50;
// A finer step would cost more in events than a progress bar can show.
const PROGRESS_STEP = 0.01;

/** Takes runs in the order they were accepted, a bounded number at a time; deliveries hold no place in that number. */
export class RunEngine implements Workflow {
  private readonly live = new Map<string, LiveRun>();
  /** Runs whose clip is to be made, in order. */
  private queue: LiveRun[] = [];
  private readonly parked = new Map<string, LiveRun>();
  private readonly listeners = new Set<(event: RunEvent) => void>();
  /** Ends that the journal could not take (the disk was full); tried again with the next one. */
  private unjournalledEnds: { live: LiveRun; end: RunEnd }[] = [];
  private running = 0;
  private stopping = false;
  private stopListening: () => void = () => undefined;
  /** Set while bridges may still be on their way to a daemon that has just started. */
  private graceTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: RunEngineOptions) {}

  async start(): Promise<void> {
    this.stopListening = this.options.acceptance.bridges.onConnected((bridgeId) => this.bridgeConnected(bridgeId));
    const open = this.options.journal.open();
    for (const run of open) {
      this.options.journal.resume(run.runId);
      const live = this.adopt(run);
      if (run.clipHash === null) this.queue.push(live);
      else this.begin(live, () => this.deliver(live));
    }
    if (open.length > 0) this.options.logger.info('Open runs taken up again', { runs: open.map((run) => run.runId) });
    this.graceTimer = setTimeout(() => this.endGrace(), RECONNECTION_GRACE_MS).unref();
    this.pump();
  }

  submit(job: GenerateJob, options: SubmitOptions = {}): RunHandle {
    if (this.stopping) throw new GrymError('GRYM_SHUTTING_DOWN', {});
    throwIfCancelled(options.signal, 'the request');
    const earlier = job.requestKey === undefined ? undefined : this.options.journal.findByRequestKey(job.requestKey);
    if (earlier !== undefined) return this.handleOf(earlier);
    const { journal, library, maximumWaitingRuns } = this.options;
    if (this.running >= this.options.concurrentRuns && this.queue.length >= maximumWaitingRuns) {
      throw new GrymError('GRYM_BUSY', { waiting: this.queue.length });
    }
    library.assertWritable();
    const run = completeJob(job, this.options.acceptance);
    failpoint('run.accepting');
    journal.accept(run);
    failpoint('run.accepted');
    const live = this.adopt(this.journalled(run.runId));
    this.queue.push(live);
    this.bindSignal(live, options.signal);
    this.emit('state', live.run.runId);
    // The caller gets its handle before anything happens.
    queueMicrotask(() => this.pump());
    return live.handle;
  }

  cancel(runId: string): boolean {
    this.journalled(runId);
    const live = this.live.get(runId);
    if (live === undefined || live.signal.aborted) return false;
    const error = new GrymError('GRYM_CANCELLED', { what: `run ${runId}` });
    live.controller.abort(error);
    const isIdle = this.queue.includes(live) || this.parked.has(runId);
    this.queue = this.queue.filter((entry) => entry !== live);
    if (isIdle) this.end(live, { state: 'cancelled', note: 'cancelled', error });
    return true;
  }

  get(runId: string): RunRecord {
    return this.record(this.journalled(runId));
  }

  list(filter: { state?: RunState | 'open' | undefined; limit?: number | undefined } = {}): RunRecord[] {
    const { state = 'all', limit = DEFAULT_LISTED_RUNS } = filter;
    return this.options.journal.list({ state, limit }).map((run) => this.record(run));
  }

  statistics(): RunStatistics {
    const { journal, maximumWaitingRuns } = this.options;
    return {
      queued: journal.count('queued'),
      running: journal.count('running'),
      waitingForBridge: journal.count('waiting-for-bridge'),
      maximumWaitingRuns,
      stepTimes: journal.stepTimes(),
    };
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async dispose(): Promise<void> {
    this.stopping = true;
    this.stopListening();
    clearTimeout(this.graceTimer);
    const error = new GrymError('GRYM_SHUTTING_DOWN', {});
    const open = [...this.live.values()];
    for (const live of open) live.controller.abort(error);
    await Promise.all(open.map((live) => live.work));
    for (const live of open) live.failed(error);
    this.live.clear();
    this.listeners.clear();
  }

  private adopt(run: JournalledRun): LiveRun {
    const live = new LiveRun(run);
    this.live.set(run.runId, live);
    return live;
  }

  private bindSignal(live: LiveRun, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const cancel = (): void => void (this.live.has(live.run.runId) && this.cancel(live.run.runId));
    signal.addEventListener('abort', cancel, { once: true });
    const release = (): void => signal.removeEventListener('abort', cancel);
    live.handle.finished.then(release, release);
  }

  private pump(): void {
    while (!this.stopping && this.running < this.options.concurrentRuns) {
      const live = this.queue.shift();
      if (live === undefined) return;
      this.running += 1;
      this.begin(live, () => this.makeAndDeliver(live));
    }
  }

  /** Runs `work` for a run and ends the run where it fails. */
  private begin(live: LiveRun, work: () => Promise<void>): void {
    live.work = work().catch((error: unknown) => {
      // A shutdown ends nothing: the run goes on with the next start.
      if (this.stopping && live.signal.aborted && !this.wasCancelled(live)) return;
      this.fail(live, toGrymError(error));
    });
  }

  private wasCancelled(live: LiveRun): boolean {
    return isGrymError(live.signal.reason, 'GRYM_CANCELLED');
  }

  private async makeAndDeliver(live: LiveRun): Promise<void> {
    const { runId } = live.run;
    try {
      const made = this.options.job.makeClip(live.run, live.signal, (fraction, stage) => this.progress(live, fraction, stage));
      // The first step is journalled as started by now.
      this.emit('state', runId);
      await made;
    } finally {
      this.running -= 1;
      queueMicrotask(() => this.pump());
    }
    await this.deliver(live);
  }

  private async deliver(live: LiveRun): Promise<void> {
    const { runId } = live.run;
    const outcome = await this.options.job.deliver(this.journalled(runId), live.signal, (fraction, stage) =>
      this.progress(live, fraction, stage),
    );
    if (outcome.kind !== 'bridge-absent') this.end(live, this.endOf(outcome));
    else if (this.mayWait(live)) this.park(live);
    else this.endWithoutBridge(live);
  }

  private mayWait(live: LiveRun): boolean {
    return live.run.job.whenBridgeAbsent === 'wait' || this.graceTimer !== undefined;
  }

  private endGrace(): void {
    this.graceTimer = undefined;
    for (const live of [...this.parked.values()]) if (!this.mayWait(live)) this.endWithoutBridge(live);
  }

  private endWithoutBridge(live: LiveRun): void {
    this.end(live, this.endOf({ kind: 'library-only', note: 'the bridge is not connected' }));
  }

  private endOf(outcome: Exclude<DeliveryOutcome, { kind: 'bridge-absent' }>): RunEnd {
    if (outcome.kind === 'delivered') return { state: 'done', note: 'done', error: null };
    return { state: 'library-only', note: `in the library only: ${outcome.note}`, error: null };
  }

  /** The run holds nothing while it waits for its bridge. Of several for one slot only the newest waits on. */
  private park(live: LiveRun): void {
    const { runId, bridgeId, slot } = live.run;
    const { journal, job } = this.options;
    journal.waitForBridge(runId);
    const replaced = [...this.parked.values()].filter((other) => other.run.bridgeId === bridgeId && other.run.slot === slot);
    for (const other of replaced) this.end(other, this.endOf({ kind: 'library-only', note: 'a newer run fills the slot' }));
    this.parked.set(runId, live);
    live.stage = 'waiting for the bridge';
    this.emit('state', runId);
    live.parked(this.get(runId));
    if (bridgeId === null) return;
    if (!job.isConnected(bridgeId)) journal.forgiveStep(runId, 'deliver');
    else setTimeout(() => this.bridgeConnected(bridgeId), REDELIVERY_DELAY_MS).unref();
  }

  private bridgeConnected(bridgeId: string): void {
    if (this.stopping) return;
    for (const live of [...this.parked.values()].filter((entry) => entry.run.bridgeId === bridgeId)) {
      this.parked.delete(live.run.runId);
      this.begin(live, () => this.deliver(live));
    }
  }

  private fail(live: LiveRun, error: GrymError): void {
    if (this.wasCancelled(live)) this.end(live, { state: 'cancelled', note: 'cancelled', error: toGrymError(live.signal.reason) });
    else this.end(live, { state: 'failed', note: error.message, error });
  }

  private end(live: LiveRun, end: RunEnd): void {
    const { runId } = live.run;
    this.parked.delete(runId);
    this.live.delete(runId);
    let record: RunRecord | undefined;
    try {
      this.retryEnds();
      this.journalEnd(live, end);
      this.emit('state', runId);
      record = this.get(runId);
    } catch (error) {
      this.unjournalledEnds.push({ live, end });
      this.options.logger.error('The end of a run could not be journalled; it will be, or the run is taken up again at the next start', {
        runId,
        error,
      });
    }
    if (end.error !== null) live.failed(end.error);
    else if (record !== undefined) live.succeeded(record);
    else live.failed(new GrymError('GRYM_LIBRARY_UNWRITABLE', { path: this.options.library.folder, reason: 'the journal takes no more' }));
    this.options.logger.info('Run ended', { runId, state: end.state, ...(end.error && { error: end.error }) });
  }

  private journalEnd(live: LiveRun, { state, note, error }: RunEnd): void {
    const { journal, job, clock } = this.options;
    const { runId } = live.run;
    failpoint('run.finishing');
    journal.transaction(() => {
      if (state === 'done') job.commitDelivery(runId);
      else job.withdrawDelivery(runId);
      failpoint('slot.committed');
      journal.end(runId, { state, note, error: error?.toWire() ?? null, endedAtMs: clock.nowMs() });
    });
    failpoint('run.finished');
  }

  private retryEnds(): void {
    for (let next = this.unjournalledEnds[0]; next !== undefined; next = this.unjournalledEnds[0]) {
      this.journalEnd(next.live, next.end);
      this.unjournalledEnds.shift();
    }
  }

  private handleOf(run: JournalledRun): RunHandle {
    const live = this.live.get(run.runId);
    if (live !== undefined) return live.handle;
    const ended = new LiveRun(run);
    if (run.error !== null) ended.failed(GrymError.fromWire(run.error));
    else ended.succeeded(this.record(run));
    return ended.handle;
  }

  private progress(live: LiveRun, fraction: number, stage: string): void {
    if (stage === live.stage && fraction - live.fraction < PROGRESS_STEP) return;
    live.fraction = Math.max(live.fraction, Math.min(1, fraction));
    live.stage = stage;
    if (this.listeners.size > 0) this.emit('progress', live.run.runId);
  }

  private emit(kind: RunEvent['kind'], runId: string): void {
    const run = this.get(runId);
    for (const listener of this.listeners) {
      try {
        listener({ kind, run });
      } catch (error) {
        this.options.logger.error('A listener for runs failed', { error });
      }
    }
  }

  private journalled(runId: string): JournalledRun {
    const run = this.options.journal.find(runId);
    if (run === undefined) throw new GrymError('GRYM_RUN_UNKNOWN', { runId });
    return run;
  }

  private record(run: JournalledRun): RunRecord {
    const clipPath = run.clipHash === null ? null : this.options.library.pathOf(run.clipHash);
    return runRecord(run, this.live.get(run.runId), this.options.journal.timings(run.runId), clipPath);
  }
}
