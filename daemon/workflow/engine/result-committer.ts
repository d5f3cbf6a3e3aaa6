import type { RunContext } from '../../context/index.js';
import { failpoint, GrymError, type JsonValue } from '../../kernel/index.js';
import type { ActivationResult } from '../definition/index.js';
import { attempt } from './attempt.js';
import type { ExecutionParts, StepResult } from './execution-parts.js';
import type { JournalledRun, JournalledStep } from './journal-rows.js';
import type { LiveRun } from './live-run.js';
import type { OpenStep } from './open-step.js';
import { runWait } from './run-records.js';
import type { StepEnd } from './step-journal.js';

export interface CommittingRun {
  readonly run: JournalledRun;
  readonly live: LiveRun;
  readonly context: () => RunContext;
}

type Done = Extract<StepResult, { kind: 'done' }>;

/** The clip that an output names as its own. */
export function clipOf(output: JsonValue): string | null {
  if (typeof output !== 'object' || output === null || !('clip' in output)) return null;
  const { clip } = output as { readonly clip?: JsonValue };
  return typeof clip === 'string' && /^[0-9a-f]{64}$/.test(clip) ? clip : null;
}

const NOTHING: StepEnd = {
  ...{ state: 'failed', output: null, explanation: [], note: '', provider: null, milliseconds: null, cachedFrom: null },
  ...{ input: null, tried: [], error: null },
};

/** Journals what became of steps, inside the transaction of their run's turn: each result once, with all that belongs to it. */
export class ResultCommitter {
  constructor(private readonly parts: ExecutionParts) {}

  /** What the graph is to be told; null for a wait. */
  commit(result: StepResult, of: CommittingRun): ActivationResult | null {
    switch (result.kind) {
      case 'done':
        return this.done(result, of);
      case 'failed':
        return this.failed(result.step, result.error, of);
      case 'skipped':
        this.end(result.step, of, { ...NOTHING, state: 'skipped', note: result.note });
        of.live.notes.push(result.note);
        return { kind: 'skipped', note: result.note };
      case 'wait':
        this.wait(result.step, result.wait);
        return null;
    }
  }

  /** A step that ends without a result because its run does. */
  cancel(step: OpenStep, of: CommittingRun): void {
    if (step.row === null) return;
    this.end(step, of, { ...NOTHING, state: 'cancelled', tried: step.tried });
    this.abandon(step, of.run);
  }

  private done(result: Done, of: CommittingRun): ActivationResult {
    const { step, output, items, explanation, provider, input, milliseconds, cachedFrom, libraryOnly } = result;
    const { definition, activation } = step;
    const { cache, clock } = this.parts;
    const refusal = this.callCommit(result, of);
    if (refusal !== null) return this.failed(step, refusal, of);
    this.end(step, of, {
      ...NOTHING,
      ...{ state: 'done', output, explanation, provider, milliseconds, cachedFrom, tried: step.tried, note: libraryOnly ?? '' },
      input: step.row === null || input !== step.input ? input : null,
    });
    if (items.length > 0) {
      const { path, scope, position } = activation;
      const source = { path, scope, position, step: activation.step, capability: definition?.capability ?? null, atMs: clock.nowMs() };
      of.context().commit(source, items);
    }
    if (cachedFrom === null && definition !== undefined) {
      if (definition.cacheable && libraryOnly === null && input !== null && milliseconds !== null) {
        const from = `${of.run.runId}/${step.path}`;
        cache.put(cache.keyOf(definition, input, provider), { output, items, explanation, from }, milliseconds);
      }
    }
    this.tell(result, of);
    return { kind: 'done', output };
  }

  private failed(step: OpenStep, thrown: GrymError, of: CommittingRun): ActivationResult {
    const error = thrown.toWire();
    // Where the workflow goes on without it, the run says what its result lacks.
    const note = `the step "${step.path}" failed: ${error.message}`;
    this.end(step, of, { ...NOTHING, tried: step.tried, input: step.input, error, note });
    of.live.notes.push(note);
    this.abandon(step, of.run);
    return { kind: 'failed', error };
  }

  /** What the step adds to its own commit; an error where it refuses. Before anything else, so that only its own writes are undone. */
  private callCommit({ step, output, cachedFrom }: Done, { run }: CommittingRun): GrymError | null {
    const { database, services } = this.parts;
    const commit = step.definition?.commit;
    if (commit === undefined || cachedFrom !== null) return null;
    const end = attempt(database, () => commit(output, services, this.io(step, run)));
    return 'error' in end ? end.error : null;
  }

  private tell({ step, output, explanation, milliseconds, libraryOnly }: Done, { run, live }: CommittingRun): void {
    const clip = clipOf(output);
    if (clip !== null && clip !== live.clipHash) {
      this.parts.runs.setClip(run.sequence, clip);
      live.clipHash = clip;
    }
    live.explain(step.activation.position, explanation);
    if (milliseconds !== null) live.timings.push({ step: step.path, milliseconds });
    if (libraryOnly === null) return;
    live.notes.push(libraryOnly);
    live.isLibraryOnly = true;
  }

  private end(step: OpenStep, { run }: CommittingRun, end: StepEnd): void {
    if (step.row === null) step.row = this.parts.steps.settle(run.sequence, step.activation, end);
    else this.parts.steps.end(step.row, end);
    failpoint('step.committing');
  }

  private wait(step: OpenStep, wait: NonNullable<OpenStep['wait']>): void {
    const { steps, isConnected } = this.parts;
    if (step.row === null) return;
    const key = wait.kind === 'bridge' && wait.slot !== undefined ? `${wait.bridgeId}/${wait.slot}` : null;
    // A bridge that says it is there and then is not could go on so for ever: that is counted.
    const forgive = wait.kind === 'decision' || wait.kind === 'run' || (wait.kind === 'bridge' && !isConnected(wait.bridgeId));
    steps.wait(step.row, wait, key, { forgive, tried: step.tried });
    failpoint('wait.journalling');
    if (forgive) step.attempts = 0;
    step.answer = null;
    step.wait = wait;
  }

  /** What the step prepared will not come; its own failure to say so must not keep the run from ending. */
  private abandon(step: OpenStep, run: JournalledRun): void {
    const { input } = step;
    const abandon = step.definition?.abandon;
    if (abandon === undefined || input === null) return;
    const end = attempt(this.parts.database, () => abandon(input, this.parts.services, this.io(step, run)));
    if (!('error' in end)) return;
    const facts = { runId: run.runId, path: step.path, error: end.error };
    this.parts.logger.error('A step could not take back what it had prepared', facts);
  }

  private io({ path, attempts, provider, prepared }: OpenStep, { runId }: JournalledRun) {
    return { runId, path, idempotencyKey: `${runId}/${path}`, attempt: attempts, provider, prepared };
  }
}

export function firstWait(steps: Iterable<OpenStep>): ReturnType<typeof runWait> | null {
  for (const step of steps) if (step.phase === 'waiting' && step.wait !== null) return runWait(step.path, step.wait);
  return null;
}

/** What the graph is to be told of a step that has ended in the journal; with what else is known of it. */
export function journalledResult(row: JournalledStep, live: LiveRun): ActivationResult {
  const { path, position, state, output, explanation, milliseconds, note, error } = row;
  live.explain(position, explanation);
  if (milliseconds !== null) live.timings.push({ step: path, milliseconds });
  if (note !== '') live.notes.push(note);
  if (note !== '' && state === 'done') live.isLibraryOnly = true;
  live.clipHash = clipOf(output) ?? live.clipHash;
  if (state === 'done') return { kind: 'done', output };
  if (state === 'skipped') return { kind: 'skipped', note };
  return { kind: 'failed', error: error ?? new GrymError('GRYM_CANCELLED', { what: path }).toWire() };
}
