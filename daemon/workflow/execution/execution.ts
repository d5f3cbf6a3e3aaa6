import {
  cancelledError,
  GrymError,
  isGrymError,
  type Clock,
  type JsonObject,
  type JsonValue,
  type Logger,
  type Timers,
} from '../../kernel/index.js';
import {
  nextProcedure,
  recoveryPolicy,
  RetryDelays,
  toStepError,
  type Breakers,
  type Procedure,
  type Random,
} from '../../recovery/index.js';
import type { Lease, ResourceLedger } from '../../resources/index.js';
import type { CapabilityProvider, DecisionOption, StepOutcome } from '../catalogue/step-definition.js';
import { commandsAfterFailure } from './next-commands.js';
import { triedWords } from './recovery-words.js';
import type { ExecutionOutcome, ProviderDirectory, StepOrder, TriedEntry } from './step-executor.js';
import { checkInput, checkOutput } from './step-schemas.js';
import { withinDeadline, type WorkEnd } from './within-deadline.js';

export interface ExecutionParts {
  readonly ledger: ResourceLedger;
  readonly breakers: Breakers;
  readonly capabilities: ProviderDirectory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly random: Random;
  /** How long a step may wait for its lease. */
  readonly leaseWaitMs: number;
  /** How long a step that was told to stop may take to do so. */
  readonly graceMs: number;
  /** Starts of one step that a death of the daemon may end. */
  readonly maximumInterruptions: number;
}

type Done = Extract<ExecutionOutcome, { kind: 'done' }>;
type Stopped = Extract<ExecutionOutcome, { kind: 'stopped' }>;
interface Failure {
  readonly kind: 'error';
  readonly error: GrymError;
}
type Overtaken = Extract<WorkEnd<never>, { kind: 'overtaken' }>;

interface Plan {
  readonly procedure: Procedure;
  readonly delayMs: number;
  readonly provider: CapabilityProvider | null;
  readonly reduction: { readonly input: JsonObject; readonly what: string } | null;
  readonly reason: string;
}

/** One activation on its way to an end: where it stands between its attempts. */
export class Execution {
  private input: JsonObject;
  /** The last input that the schema has taken. */
  private checked: JsonObject | null = null;
  private provider: CapabilityProvider | null;
  private attempt: number;
  private lease: Lease | undefined;
  private failures: number;
  private failuresHere = 0;
  private waits = 0;
  private reductions = 0;
  private delays: RetryDelays | null = null;
  private readonly usedProviders = new Set<string>();

  constructor(
    private readonly parts: ExecutionParts,
    private readonly order: StepOrder,
  ) {
    this.input = order.input;
    this.provider = order.provider;
    this.attempt = order.attempt;
    this.lease = order.lease;
    this.failures = order.tried.length;
  }

  async run(): Promise<ExecutionOutcome> {
    try {
      const given = this.takeUp();
      if (given !== null) return given;
      for (;;) {
        const end = await this.tryOnce();
        if (end.kind !== 'error') return end;
        const outcome = await this.recover(end.error);
        if (outcome !== null) return outcome;
      }
    } finally {
      this.lease?.release();
    }
  }

  /** What earlier processes and an answer say about this start; an outcome where nothing is left to do. */
  private takeUp(): ExecutionOutcome | null {
    const { order } = this;
    const interruptions = order.attempt - 1 - order.tried.length;
    if (interruptions >= this.parts.maximumInterruptions) {
      const { runId, definition } = order;
      return this.failed(new GrymError('GRYM_RUN_EXHAUSTED', { runId, attempts: interruptions, step: definition.name }));
    }
    if (order.answer === 'give-up') {
      const reason = order.tried.at(-1)?.words ?? '';
      return this.failed(new GrymError('GRYM_STEP_GIVEN_UP', { step: order.definition.name, reason }));
    }
    const reduction = order.answer === 'smaller-settings' ? this.smaller() : null;
    if (reduction !== null) {
      this.input = reduction.input;
      order.onStart({ attempt: this.attempt, provider: this.provider, input: this.input });
    }
    return null;
  }

  private async tryOnce(): Promise<Done | Stopped | Failure> {
    const { order, parts } = this;
    if (order.signal.aborted) return { kind: 'stopped', error: cancelledError(order.signal, this.what) };
    const missing = order.definition.capability === null ? null : this.findProvider(order.definition.capability);
    if (missing !== null) return { kind: 'error', error: missing };
    let lease: Lease | null = null;
    try {
      if (this.checked !== this.input) this.checked = this.input = checkInput(order.definition, this.input);
      lease = this.takeLease();
      lease ??= await this.waitForLease();
      const end = await this.act();
      if (end.kind !== 'overtaken') return end;
      if (end.isStillRunning) {
        const { runId, path } = order;
        parts.logger.warn('A step goes on after it was told to stop; it is left behind', { runId, path, graceMs: parts.graceMs });
      }
      return order.signal.aborted ? { kind: 'stopped', error: end.error } : { kind: 'error', error: end.error };
    } catch (error) {
      if (order.signal.aborted) return { kind: 'stopped', error: cancelledError(order.signal, this.what) };
      return { kind: 'error', error: toStepError(error, order.definition.name) };
    } finally {
      lease?.release();
    }
  }

  /** The attempt itself, once everything it needs is there. */
  private async act(): Promise<Done | Failure | Overtaken> {
    const { order, parts, provider, input, attempt } = this;
    const { definition } = order;
    const admission = provider === null ? null : parts.breakers.admit(provider.provider);
    if (provider !== null && admission === null) return { kind: 'error', error: this.restingError(provider.provider) };
    const deadline = this.deadline();
    let isOver = false;
    const end = await withinDeadline<StepOutcome<JsonValue>>(
      { ...deadline, signal: order.signal, graceMs: parts.graceMs, timers: parts.timers, what: this.what },
      (signal) =>
        definition.run(input, order.services, {
          ...{ runId: order.runId, path: order.path, idempotencyKey: order.idempotencyKey, prepared: order.prepared },
          ...{ attempt, provider, signal },
          // An attempt that was left behind says nothing about the ones after it.
          progress: (fraction, stage) => isOver || order.progress(fraction, stage),
        }),
    );
    isOver = true;
    try {
      if (end.kind === 'thrown') throw end.error;
      if (end.kind === 'overtaken') {
        if (order.signal.aborted || isGrymError(end.error, 'GRYM_RUN_DEADLINE')) admission?.undecided();
        else admission?.failed(end.error);
        return end;
      }
      const outcome = end.value.kind === 'done' ? { ...end.value, output: checkOutput(definition, end.value.output) } : end.value;
      admission?.succeeded();
      return { kind: 'done', outcome, provider, input, attempt };
    } catch (thrown) {
      const error = toStepError(thrown, definition.name);
      if (recoveryPolicy(error.code, error.kind).breaker === 'counts') admission?.failed(error);
      else admission?.undecided();
      return { kind: 'error', error };
    }
  }

  private get what(): string {
    return `the step "${this.order.definition.name}"`;
  }

  /** The provider of this start, or another one where that is gone since; the engine journals which. */
  private findProvider(capability: string): GrymError | null {
    const { order, parts } = this;
    const providers = parts.capabilities.providers(capability);
    const { provider } = this;
    if (provider !== null && providers.some((other) => other.provider === provider.provider && other.version === provider.version))
      return null;
    const found = providers.find((other) => other.provider === provider?.provider) ?? this.preferred(providers);
    if (found === undefined) return unavailable(parts.capabilities, capability, order.definition.name);
    this.provider = found;
    order.onStart({ attempt: this.attempt, provider: found, input: this.input });
    return null;
  }

  private preferred(providers: readonly CapabilityProvider[]): CapabilityProvider | undefined {
    return providers.find(({ provider }) => this.parts.breakers.isAdmitting(provider)) ?? providers[0];
  }

  /** Without waiting: what the engine took, what is free, or nothing where nothing is needed. */
  private takeLease(): Lease | null {
    const { lease } = this;
    this.lease = undefined;
    if (lease !== undefined) return lease;
    const { threads, memoryBytes } = this.need();
    if (threads === 0 && memoryBytes === 0) return NOTHING;
    return this.parts.ledger.tryAcquire({ threads, memoryBytes, priority: this.order.priority });
  }

  /** The step's own need; a model takes the threads that it was loaded with, a server none of ours, and whoever else is used its own. */
  private need(): { readonly threads: number; readonly memoryBytes: number } {
    const { capabilities } = this.parts;
    const { cost, uses = [] } = this.order.definition;
    const { threads, memoryBytes } = cost(this.input);
    const own = (this.provider === null ? undefined : capabilities.threadsOf?.(this.provider.provider)) ?? threads;
    const used = uses.map((capability) => capabilities.threadsOf?.(capabilities.providers(capability)[0]?.provider ?? '') ?? 0);
    return { threads: Math.max(own, ...used), memoryBytes };
  }

  private async waitForLease(): Promise<Lease> {
    const { order, parts } = this;
    const { threads, memoryBytes } = this.need();
    const left = this.leftMs();
    const deadlineMs = Math.min(parts.leaseWaitMs, left);
    order.progress(0, 'waiting for free threads and memory');
    try {
      return await parts.ledger.acquire({ threads, memoryBytes, priority: order.priority, deadlineMs, signal: order.signal });
    } catch (error) {
      throw isGrymError(error, 'GRYM_RESOURCE_TIMEOUT') && left <= parts.leaseWaitMs ? this.runDeadlineError() : error;
    }
  }

  /** Of the run. */
  private leftMs(): number {
    const { deadlineAtMs } = this.order;
    return deadlineAtMs === null ? Infinity : Math.max(0, deadlineAtMs - this.parts.clock.nowMs());
  }

  private deadline(): { deadlineMs: number; deadlineError: () => GrymError } {
    const { definition, deadlineMs } = this.order;
    const own = deadlineMs ?? definition.deadlineMs;
    const left = this.leftMs();
    if (left < own) return { deadlineMs: left, deadlineError: () => this.runDeadlineError() };
    const what = `The step "${definition.name}"`;
    return { deadlineMs: own, deadlineError: () => new GrymError('GRYM_DEADLINE_EXCEEDED', { what, milliseconds: own }) };
  }

  private runDeadlineError(): GrymError {
    const { runId, deadlineAtMs } = this.order;
    return new GrymError('GRYM_RUN_DEADLINE', { runId, deadline: new Date(deadlineAtMs ?? 0).toISOString() });
  }

  private restingError(provider: string): GrymError {
    const { failures, restLeftMs } = this.parts.breakers.view(provider);
    return new GrymError('GRYM_PROVIDER_RESTING', { provider, failures, seconds: Math.ceil(restLeftMs / 1_000) });
  }

  /** Does what the table says about the failure; an outcome where that is the end. */
  private async recover(error: GrymError): Promise<ExecutionOutcome | null> {
    this.failures += 1;
    this.failuresHere += 1;
    const plan = this.plan(error);
    const entry = this.tell(error, plan);
    switch (plan.procedure) {
      case 'give-up':
        return recoveryPolicy(error.code, error.kind).end === 'cancelled' ? { kind: 'stopped', error } : this.failed(error);
      case 'ask':
        return this.ask(error, entry);
      case 'retry':
      case 'wait':
        break;
      case 'other-provider':
        this.provider = plan.provider;
        this.begin();
        break;
      case 'smaller-settings':
        this.input = plan.reduction?.input ?? this.input;
        this.reductions += 1;
        this.begin();
        break;
    }
    if (!(await this.pause(error, plan))) return { kind: 'stopped', error: cancelledError(this.order.signal, this.what) };
    this.attempt += 1;
    this.order.onStart({ attempt: this.attempt, provider: this.provider, input: this.input });
    return null;
  }

  /** A provider or settings that have not failed yet. */
  private begin(): void {
    this.failuresHere = 0;
    this.delays = null;
  }

  private plan(error: GrymError): Plan {
    const { order } = this;
    if (this.provider !== null) this.usedProviders.add(this.provider.provider);
    const provider = this.otherProvider();
    const reduction = this.smaller();
    const facts = {
      ...{ code: error.code, kind: error.kind, failures: this.failures, failuresHere: this.failuresHere },
      ...{ attempts: order.attempts, waits: this.waits, reductions: this.reductions, mayAsk: order.mayAsk },
      ...{ hasOtherProvider: provider !== null, canShrink: reduction !== null, hasRetriesLeft: order.budget.used < order.budget.limit },
    };
    const procedure = nextProcedure(facts);
    const plan = { procedure, delayMs: this.delayOf(error, procedure), provider, reduction, reason: '' };
    if (procedure === 'ask' || procedure === 'give-up') {
      const wouldGoOn = nextProcedure({ ...facts, hasRetriesLeft: true }) !== procedure;
      return wouldGoOn ? { ...plan, reason: `the run has used up its ${order.budget.limit} further attempts` } : plan;
    }
    if (plan.delayMs >= this.leftMs())
      return { ...plan, procedure: 'give-up', reason: "the run's deadline leaves no time for another attempt" };
    order.budget.take();
    return plan;
  }

  private delayOf(error: GrymError, procedure: Procedure): number {
    const policy = recoveryPolicy(error.code, error.kind);
    if (procedure === 'wait') return policy.waitsMs[this.waits] ?? 0;
    if (procedure !== 'retry') return 0;
    this.delays ??= new RetryDelays(policy.backoff, this.parts.random);
    return Math.max(this.delays.next(), askedPauseMs(error));
  }

  private otherProvider(): CapabilityProvider | null {
    const { capability } = this.order.definition;
    if (capability === null) return null;
    const providers = this.parts.capabilities.providers(capability);
    const isFresh = ({ provider }: CapabilityProvider): boolean =>
      !this.usedProviders.has(provider) && this.parts.breakers.isAdmitting(provider);
    return providers.find(isFresh) ?? null;
  }

  private smaller(): { readonly input: JsonObject; readonly what: string } | null {
    try {
      // A step may only be asked about an input that its schema has taken.
      return this.order.definition.smaller?.(checkInput(this.order.definition, this.input)) ?? null;
    } catch {
      return null;
    }
  }

  private tell(error: GrymError, plan: Plan): TriedEntry {
    const { attempt } = this;
    const provider = this.provider?.provider ?? null;
    const { procedure, delayMs, reason } = plan;
    const nextProvider = plan.provider?.provider ?? null;
    const words = triedWords({ attempt, provider, error, procedure, delayMs, nextProvider, reduction: plan.reduction?.what ?? '', reason });
    const entry = { attempt, provider, code: error.code, kind: error.kind, words };
    this.order.onTried(entry);
    this.parts.logger.info('A step failed', { runId: this.order.runId, path: this.order.path, code: error.code, procedure, error });
    return entry;
  }

  /** False where the order's signal fired meanwhile. */
  private async pause(error: GrymError, { procedure, delayMs }: Plan): Promise<boolean> {
    const { order, parts, provider } = this;
    if (procedure === 'wait') {
      this.waits += 1;
      order.progress(0, `waiting: ${error.message}`);
    }
    if (procedure === 'wait' && isGrymError(error, 'GRYM_PROVIDER_RESTING') && provider !== null) {
      await parts.breakers.untilAdmitting(provider.provider, delayMs, order.signal);
    } else if (delayMs > 0 && !order.signal.aborted) {
      await parts.clock.sleep(delayMs, order.signal).catch(() => undefined);
    }
    return !order.signal.aborted;
  }

  private ask(error: GrymError, entry: TriedEntry): ExecutionOutcome {
    const reduction = this.smaller();
    const options: DecisionOption[] = [
      { id: 'retry', label: 'Try again', clip: null },
      ...(reduction === null ? [] : [{ id: 'smaller-settings', label: `Try again with smaller settings: ${reduction.what}`, clip: null }]),
      { id: 'give-up', label: 'Give this step up', clip: null },
    ];
    return { kind: 'ask', error, question: `${entry.words} ${error.remedy} How to go on?`, options };
  }

  private failed(error: GrymError): ExecutionOutcome {
    const { runId, path } = this.order;
    return {
      kind: 'failed',
      error,
      next: commandsAfterFailure({ runId, path, kind: error.kind, input: this.input, smaller: this.smaller() }),
    };
  }
}

const NOTHING: Lease = { threads: 0, memoryBytes: 0, release: () => undefined };

export function unavailable(capabilities: ProviderDirectory, capability: string, step: string): GrymError {
  return new GrymError('GRYM_CAPABILITY_UNAVAILABLE', { what: `The step "${step}"`, capability, by: capabilities.missing(capability) });
}

const LONGEST_ASKED_PAUSE_SECONDS = 120;

/** What a busy server asks to be left alone for (Retry-After), within reason. */
function askedPauseMs({ details }: GrymError): number {
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, LONGEST_ASKED_PAUSE_SECONDS) * 1_000 : 0;
}
