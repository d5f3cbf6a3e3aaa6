import type { BridgeDirectory, ClipFacts, ClipLibrary, FiledClip } from '../audio/index.js';
import { failpoint, GrymError, isGrymError, throwIfCancelled, withDeadline, type Clock } from '../kernel/index.js';
import type { GeneratedAudio, Generator } from '../models/index.js';
import type { AcceptedJob, JournalledRun, RunJournal } from './run-journal.js';
import type { SlotJournal } from './slot-journal.js';
import type { SlotDelivery } from './slot-keeper.js';
import type { StepName } from './types.js';

/** How often a step is tried anew in one process after an error that may pass. */
const MAXIMUM_RETRIES = 2;
const RETRY_DELAY_MS = 200;

export interface MainJobParts {
  readonly journal: RunJournal;
  readonly slotJournal: SlotJournal;
  readonly slots: SlotDelivery;
  readonly library: ClipLibrary;
  readonly generator: Generator;
  readonly bridges: BridgeDirectory;
  readonly clock: Clock;
  readonly generateDeadlineMs: number;
  /** A step that was started this often without an end, over all processes, is given up. */
  readonly maximumStepAttempts: number;
}

export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** The run ends; its clip is in the library only. */
  | { readonly kind: 'library-only'; readonly note: string }
  /** The bridge is not there: the run waits for it or ends without it, as it was asked to. */
  | { readonly kind: 'bridge-absent' };

export type ReportProgress = (fraction: number, stage: string) => void;

function mayPass(error: unknown): boolean {
  return isGrymError(error) && (error.kind === 'transient' || error.kind === 'model-fault');
}

function factsOf(job: AcceptedJob, audio: GeneratedAudio): ClipFacts {
  const { samples: _samples, explanation: _explanation, ...facts } = audio;
  // The level of silence is −∞ dB, which neither JSON nor a WAV chunk can hold.
  const finite = (level: number | null): number | null => (level !== null && Number.isFinite(level) ? level : null);
  return { ...facts, prompt: job.prompt, loudnessLufs: finite(audio.loudnessLufs), peakDbtp: finite(audio.peakDbtp) };
}

/**
 * The steps of the main job. Each is journalled before it is acted on and may run again from its beginning at any time:
 * generation is a function of the journalled job, a file is named by its content, a slot change has its revision.
 */
export class MainJob {
  constructor(private readonly parts: MainJobParts) {}

  /** Steps `generate` and `file`: ends with the clip in the library and in the run, committed together. */
  async makeClip(run: JournalledRun, signal: AbortSignal, progress: ReportProgress): Promise<void> {
    const { journal, library, clock } = this.parts;
    const made = await this.attempt(
      run,
      'generate',
      signal,
      () => undefined,
      () => this.generate(run.job, signal, progress),
    );
    const audio = made.result;
    failpoint('generate.finished');
    throwIfCancelled(signal, `run ${run.runId}`);
    progress(0.85, 'filing the clip');
    const start = clock.monotonicMs();
    this.startStep(run.runId, 'file', () => journal.finishStep(run.runId, 'generate', made.milliseconds));
    const filed: FiledClip = await library.file(audio.samples, factsOf(run.job, audio));
    journal.transaction(() => {
      library.enter(filed);
      failpoint('clip.indexed');
      journal.setClip(run.runId, filed.hash, audio.explanation);
      journal.finishStep(run.runId, 'file', clock.monotonicMs() - start);
    });
    failpoint('clip.committed');
  }

  /** Step `deliver`, without its end: the caller ends the run in the transaction that `commitDelivery` is part of. */
  async deliver(run: JournalledRun, signal: AbortSignal, progress: ReportProgress): Promise<DeliveryOutcome> {
    const { bridgeId, slot } = run;
    throwIfCancelled(signal, `run ${run.runId}`);
    if (bridgeId === null || slot === null) return { kind: 'delivered' };
    if (this.parts.slotJournal.isFilledByLaterRun(bridgeId, slot, run.runId)) {
      return { kind: 'library-only', note: 'a newer run fills the slot' };
    }
    if (!this.isConnected(bridgeId)) return { kind: 'bridge-absent' };
    progress(0.92, 'loading the clip into the slot');
    try {
      const { result, milliseconds } = await this.attempt(
        run,
        'deliver',
        signal,
        () => this.assignedChange(run),
        (change) => {
          failpoint('slot.assigned');
          return this.parts.slots.deliver(change, signal);
        },
      );
      this.parts.journal.finishStep(run.runId, 'deliver', milliseconds);
      return result ? { kind: 'delivered' } : { kind: 'library-only', note: 'a newer clip has taken the slot' };
    } catch (error) {
      if (isGrymError(error, 'GRYM_BRIDGE_ABSENT')) return { kind: 'bridge-absent' };
      throw error;
    }
  }

  /** The slot holds the clip: part of the transaction that ends the run. */
  commitDelivery(runId: string): void {
    const run = this.parts.journal.find(runId);
    if (run?.bridgeId && run.revision !== null) this.parts.slotJournal.confirm(run.bridgeId, run.revision);
  }

  /** The slot change of a run that ends without a delivery will not come: part of the transaction that ends the run. */
  withdrawDelivery(runId: string): void {
    const run = this.parts.journal.find(runId);
    if (run?.bridgeId && run.revision !== null) this.parts.slotJournal.fail(run.bridgeId, run.revision);
  }

  isConnected(bridgeId: string): boolean {
    return this.parts.bridges.list().some((bridge) => bridge.bridgeId === bridgeId && bridge.connected);
  }

  private generate(job: AcceptedJob, signal: AbortSignal, progress: ReportProgress): Promise<GeneratedAudio> {
    const { whenBridgeAbsent: _whenBridgeAbsent, ...request } = job;
    const milliseconds = this.parts.generateDeadlineMs;
    return withDeadline({ milliseconds, what: 'generating the clip', signal }, (deadline) =>
      this.parts.generator.generate(request, {
        signal: deadline,
        onProgress: (fraction, stage) => progress(0.05 + 0.8 * fraction, stage),
      }),
    );
  }

  /** The run's slot change, assigned once, as its step starts: a resumed run sends the same revision again. */
  private assignedChange(run: JournalledRun): NonNullable<ReturnType<SlotJournal['find']>> {
    const { journal, slotJournal, clock } = this.parts;
    const current = journal.find(run.runId) ?? run;
    const { bridgeId, slot, clipHash, revision, runId } = current;
    if (bridgeId === null || slot === null || clipHash === null) {
      throw new GrymError('GRYM_INTERNAL', { reason: `run ${runId} has nothing to deliver` });
    }
    if (revision !== null) {
      // Gone means that a later change to this slot was confirmed.
      return slotJournal.find(bridgeId, revision) ?? { bridgeId, revision, slot, hash: clipHash, state: 'pending', runId };
    }
    const assigned = slotJournal.assign({ bridgeId, slot, hash: clipHash, runId, nowMs: clock.nowMs() });
    journal.setRevision(runId, assigned.revision);
    return assigned;
  }

  /** `alongside` is journalled in the same transaction: each one costs a write that waits for the disk. */
  private startStep<T>(runId: string, step: StepName, alongside: () => T): T {
    const { journal } = this.parts;
    const { attempts, prepared } = journal.transaction(() => ({ prepared: alongside(), attempts: journal.startStep(runId, step) }));
    if (attempts > this.parts.maximumStepAttempts) throw new GrymError('GRYM_RUN_EXHAUSTED', { runId, attempts: attempts - 1, step });
    failpoint('step.started');
    return prepared;
  }

  /** `prepare` is journalled with the step's start; its end is journalled by the caller, with what comes next. */
  private async attempt<T, P>(
    run: JournalledRun,
    step: StepName,
    signal: AbortSignal,
    prepare: () => P,
    work: (prepared: P) => Promise<T>,
  ): Promise<{ readonly result: T; readonly milliseconds: number }> {
    const { clock } = this.parts;
    for (let retries = 0; ; retries += 1) {
      throwIfCancelled(signal, `run ${run.runId}`);
      const prepared = this.startStep(run.runId, step, prepare);
      const start = clock.monotonicMs();
      try {
        return { result: await work(prepared), milliseconds: clock.monotonicMs() - start };
      } catch (error) {
        if (signal.aborted || retries >= MAXIMUM_RETRIES || !mayPass(error)) throw error;
        await clock.sleep(RETRY_DELAY_MS * 2 ** retries, signal);
      }
    }
  }
}
