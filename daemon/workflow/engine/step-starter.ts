import { failpoint, GrymError, isGrymError, toGrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { RunContext } from '../../context/index.js';
import type { AnyStepDefinition, CapabilityProvider, CostEstimate } from '../catalogue/index.js';
import { attempt } from './attempt.js';
import type { ExecutionParts, StepResult } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { OpenStep } from './open-step.js';
import { requestedFields } from './request-items.js';

/** Where nothing better is known before the start, a step is taken for ordinary work of a second. */
const ORDINARY_COST: CostEstimate = { threads: 1, memoryBytes: 0, seconds: 1 };

export interface StartingRun {
  readonly run: JournalledRun;
  readonly context: () => RunContext;
}

/** What a workflow says with null is left open. */
function stated(params: JsonObject): JsonObject {
  const names = Object.keys(params);
  if (names.every((name) => params[name] !== null)) return params;
  return Object.fromEntries(names.filter((name) => params[name] !== null).map((name) => [name, params[name] as JsonValue]));
}

const acceptedNames = new WeakMap<AnyStepDefinition, readonly string[]>();
function namesOf(definition: AnyStepDefinition): readonly string[] {
  let names = acceptedNames.get(definition);
  if (names === undefined) acceptedNames.set(definition, (names = Object.keys(definition.input.shape)));
  return names;
}

function missingStep(step: OpenStep): GrymError {
  const what = `The step "${step.path}"`;
  return new GrymError('GRYM_CAPABILITY_UNAVAILABLE', { what, capability: `the step ${step.activation.step}`, by: 'another release' });
}

/** Starts steps in the journal, inside the transaction of their run's turn. */
export class StepStarter {
  constructor(private readonly parts: ExecutionParts) {}

  /** For the queue, before the step's input is complete. */
  costOf(step: OpenStep): CostEstimate {
    const { definition } = step;
    if (definition === undefined) return ORDINARY_COST;
    try {
      const input = step.input ?? this.parts.executor.completeInput(definition, stated(step.activation.params));
      return definition.cost(input);
    } catch {
      return ORDINARY_COST;
    }
  }

  /** Journals the start. A result where there is nothing to carry out: from the cache, left out, or impossible. */
  start(step: OpenStep, of: StartingRun): StepResult | null {
    const { definition } = step;
    if (definition === undefined) return this.unavailable(step, missingStep(step));
    let provider: CapabilityProvider | null;
    try {
      provider = this.parts.executor.chooseProvider(definition);
    } catch (error) {
      if (!isGrymError(error, 'GRYM_CAPABILITY_UNAVAILABLE')) throw error;
      return this.unavailable(step, error);
    }
    step.provider = provider;
    return step.row === null ? this.startFirst(step, definition, of) : this.startAgain(step, definition, of);
  }

  private startFirst(step: OpenStep, definition: AnyStepDefinition, of: StartingRun): StepResult | null {
    const { steps, cache } = this.parts;
    failpoint('step.starting');
    try {
      step.input = this.complete(step, definition, of);
    } catch (error) {
      if (!isGrymError(error) || error.kind !== 'invalid-input') throw error;
      return { kind: 'failed', step, error, next: undefined };
    }
    const hit = definition.cacheable ? cache.find(cache.keyOf(definition, step.input, step.provider), definition) : undefined;
    if (hit !== undefined) {
      const { output, items, explanation, from } = hit;
      const { provider, input } = step;
      return { kind: 'done', step, output, items, explanation, libraryOnly: null, provider, input, milliseconds: null, cachedFrom: from };
    }
    step.attempts = 1;
    const refusal = this.prepare(step, definition, of);
    if (refusal !== null) return refusal;
    step.row = steps.start(of.run.sequence, step.activation, {
      ...{ attempts: 1, input: step.input, prepared: step.prepared, provider: step.provider, tried: [] },
    });
    return null;
  }

  /** After an interruption, a wait or an answer. */
  private startAgain(step: OpenStep, definition: AnyStepDefinition, of: StartingRun): StepResult | null {
    const { steps, maximumStepAttempts } = this.parts;
    const { runId } = of.run;
    if (step.row === null) throw new GrymError('GRYM_INTERNAL', { reason: `step ${step.path} has no row` });
    if (step.attempts - step.tried.length >= maximumStepAttempts) {
      const error = new GrymError('GRYM_RUN_EXHAUSTED', { runId, attempts: step.attempts, step: definition.name });
      return { kind: 'failed', step, error, next: undefined };
    }
    step.attempts += 1;
    step.input ??= this.complete(step, definition, of);
    const refusal = step.prepared === null ? this.prepare(step, definition, of) : null;
    if (refusal !== null) return refusal;
    const { attempts, input, prepared, provider, tried, answer } = step;
    steps.startAgain(step.row, { attempts, input, prepared, provider, tried }, answer);
    return null;
  }

  /** The step's whole input: what the workflow says, then what the rules of the context make of the rest, then its defaults. */
  private complete(step: OpenStep, definition: AnyStepDefinition, { run, context }: StartingRun): JsonObject {
    const { params, scope, position, path } = step.activation;
    const { executor, services } = this.parts;
    const edits = run.edits[path] ?? {};
    const explicit = stated({ ...params, ...edits });
    const whole = (input: JsonObject): JsonObject => {
      const checked = executor.completeInput(definition, input);
      return definition.complete?.(checked, services) ?? checked;
    };
    const source = { path, scope, position, step: definition.name, capability: definition.capability, atMs: this.parts.clock.nowMs() };
    const asked = requestedFields(edits);
    if (asked.length > 0) context().commit(source, asked);
    if (definition.capability === null) return whole(explicit);
    const transformed = context().transform(scope, definition.capability, explicit, namesOf(definition));
    if (transformed.trace.length > 0) context().commit(source, transformed.items, transformed.trace);
    return whole({ ...transformed.params, ...explicit });
  }

  /** A result where the step cannot be prepared. */
  private prepare(step: OpenStep, definition: AnyStepDefinition, { run }: StartingRun): StepResult | null {
    const { prepare } = definition;
    if (prepare === undefined) return null;
    const { runId } = run;
    const io = { runId, path: step.path, idempotencyKey: `${runId}/${step.path}`, attempt: step.attempts, provider: step.provider };
    const end = attempt(this.parts.database, () => prepare(step.input ?? {}, this.parts.services, io));
    if ('error' in end) return { kind: 'failed', step, error: end.error, next: undefined };
    step.prepared = end.value;
    failpoint('step.prepared');
    return null;
  }

  private unavailable(step: OpenStep, error: GrymError): StepResult {
    if (step.activation.whenUnavailable === 'skip') return { kind: 'skipped', step, note: `Left out: ${error.message}` };
    return { kind: 'failed', step, error: toGrymError(error), next: undefined };
  }
}
