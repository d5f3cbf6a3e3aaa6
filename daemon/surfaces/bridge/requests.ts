import type { ActionDispatcher, Caller } from '../../actions/index.js';
import { GrymError, toGrymError } from '../../kernel/index.js';
import type { DaemonMessage } from '../../../protocol/index.js';
import type { RateLimit } from './rate-limit.js';

const PROGRESS_INTERVAL_MS = 50;

export interface RequestsOptions {
  readonly actions: ActionDispatcher;
  readonly caller: () => Caller;
  readonly rate: RateLimit;
  /** Requests of one client that may be under way at once. */
  readonly maximumParallel: number;
  readonly nowMs: () => number;
  readonly send: (message: DaemonMessage) => void;
}

/** The requests of one client: each gets exactly one reply, whatever happens. */
export class Requests {
  readonly #running = new Map<number, AbortController>();

  constructor(private readonly options: RequestsOptions) {}

  get running(): number {
    return this.#running.size;
  }

  start(id: number, action: string, params: Record<string, unknown>): void {
    const { rate, maximumParallel, send } = this.options;
    if (this.#running.has(id)) {
      // A reply would be taken for the one of the earlier request.
      send({ type: 'fault', error: new GrymError('GRYM_REQUEST_DUPLICATE', { id }).toWire() });
      return;
    }
    if (!rate.take() || this.#running.size >= maximumParallel) {
      send({ type: 'reply', id, error: new GrymError('GRYM_REQUEST_TOO_MANY', { maximumParallel }).toWire() });
      return;
    }
    const controller = new AbortController();
    this.#running.set(id, controller);
    void this.#run(id, action, params, controller);
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort(new GrymError('GRYM_CANCELLED', { what: `request ${id}` }));
  }

  cancelAll(what: string): void {
    for (const controller of this.#running.values()) controller.abort(new GrymError('GRYM_CANCELLED', { what }));
  }

  async #run(id: number, action: string, params: Record<string, unknown>, controller: AbortController): Promise<void> {
    const { actions, caller, send } = this.options;
    let reply: DaemonMessage;
    try {
      const context = { signal: controller.signal, progress: this.#progressOf(id), caller: caller() };
      reply = { type: 'reply', id, result: await actions.invoke(action, params, context) };
    } catch (error) {
      reply = { type: 'reply', id, error: toGrymError(error).toWire() };
    }
    this.#running.delete(id);
    send(reply);
  }

  /** At most 20 messages a second; a new stage is told at once. */
  #progressOf(id: number): (fraction: number, stage: string) => void {
    let lastMs = -Infinity;
    let lastStage = '';
    return (fraction, stage) => {
      const now = this.options.nowMs();
      if (!this.#running.has(id) || (now - lastMs < PROGRESS_INTERVAL_MS && stage === lastStage)) return;
      lastMs = now;
      lastStage = stage;
      const clamped = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
      this.options.send({ type: 'progress', id, fraction: clamped, stage: stage.slice(0, 200) });
    };
  }
}
