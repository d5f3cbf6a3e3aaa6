import type { JsonObject, JsonValue } from '../../kernel/index.js';
import type { AnyStepDefinition, CapabilityProvider } from '../catalogue/index.js';
import type { Activation } from '../definition/index.js';
import type { TriedEntry } from '../execution/index.js';
import type { RunState } from '../types.js';
import type { JournalledStep, JournalledWait } from './journal-rows.js';

/**
 * `queued`: waits for its turn. `admitted`: has its turn, the start is not journalled yet. `running`: journalled and acted on.
 * `waiting`: for a decision, a bridge, or a run that is part of this one.
 */
export type OpenStepPhase = 'queued' | 'admitted' | 'running' | 'waiting';

/** A step of an open run that has no result in the journal yet. */
export class OpenStep {
  phase: OpenStepPhase = 'queued';
  /** Of its row; null until its first start is journalled. */
  row: number | null = null;
  /** Starts, over all processes. */
  attempts = 0;
  input: JsonObject | null = null;
  prepared: JsonValue = null;
  provider: CapabilityProvider | null = null;
  answer: string | null = null;
  wait: JournalledWait | null = null;
  tried: TriedEntry[] = [];
  startedAtMs = 0;
  fraction = 0;
  /** Whether it counts against the number of runs at the same time. */
  needsPlace = true;
  /** Whether it does so now. */
  holdsPlace = false;

  constructor(
    readonly activation: Activation,
    readonly definition: AnyStepDefinition | undefined,
  ) {}

  get path(): string {
    return this.activation.path;
  }

  /** A step that goes on in this process, after a transaction that would have changed it was rolled back. */
  follow(row: JournalledStep): void {
    this.attempts = row.attempts;
    this.wait = row.wait;
    this.phase = row.state === 'waiting' ? 'waiting' : 'running';
  }

  /** As an earlier process left it. */
  takeUp(row: JournalledStep): void {
    this.row = row.sequence;
    this.attempts = row.attempts;
    this.input = row.input;
    this.prepared = row.prepared;
    this.provider = row.provider;
    this.answer = row.answer;
    this.wait = row.wait;
    this.tried = [...row.tried];
    // A question of the recovery that was answered, but not acted on yet.
    const isAnswered = row.wait?.kind === 'ask' && row.answer !== null;
    this.phase = row.state === 'waiting' && !isAnswered ? 'waiting' : 'queued';
  }
}

/**
 * Of a run all of whose open steps wait; null where one does not. A step that waits for a run that is part of this one waits for what
 * that run waits for (`stateOf`).
 */
export function waitingState(steps: Iterable<OpenStep>, stateOf: (runId: string) => RunState | null): RunState | null {
  let state: RunState = 'waiting-for-bridge';
  for (const { phase, wait } of steps) {
    if (phase !== 'waiting') return null;
    const own = wait?.kind === 'run' ? stateOf(wait.runId) : wait?.kind === 'bridge' ? 'waiting-for-bridge' : 'waiting-for-decision';
    if (own === null || !own.startsWith('waiting-')) return null;
    if (own === 'waiting-for-decision') state = own;
  }
  return state;
}
