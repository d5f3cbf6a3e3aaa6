import { cancelledError, GrymError, type JsonObject } from '../../kernel/index.js';
import { isSendable, type HostReport } from './host-messages.js';
import type { RunnerIo } from './model-runner.js';
import type { HostArena } from './shared-arena.js';

/** How often the flag is looked at while the event loop is free; a runner that looks itself is told at once. */
const LOOK_MS = 10;
/** Progress is dropped first where the daemon is slow to read. */
const MAXIMUM_UNSENT_PROGRESS = 32;

export interface HostTaskOptions {
  readonly id: number;
  readonly modelId: string;
  readonly what: string;
  readonly arena: HostArena;
  /** `sent` is called when the channel has taken it. */
  readonly send: (report: HostReport, sent?: () => void) => void;
}

/** What a runner sees of the daemon while it does one task. */
export class HostTask {
  readonly io: RunnerIo;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private unsentProgress = 0;

  constructor(private readonly options: HostTaskOptions) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.io = {
      signal: this.lookingSignal(),
      progress: (fraction, stage) => this.progress(fraction, stage),
      emit: (event) => this.emit(event),
    };
  }

  cancel(): void {
    const { signal } = this.controller;
    if (!signal.aborted) this.controller.abort(new GrymError('GRYM_CANCELLED', { what: this.options.what }));
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** The flag in shared memory is looked at whenever `aborted` is asked for, so that a runner need not wait for a message to come. */
  private lookingSignal(): AbortSignal {
    const { signal } = this.controller;
    const isAborted = (): boolean => Reflect.get(AbortSignal.prototype, 'aborted', signal);
    let isLooking = false;
    return Object.defineProperty(signal, 'aborted', {
      get: () => {
        if (!isLooking && !isAborted()) {
          isLooking = true; // to abort asks for `aborted` again
          this.look();
          isLooking = false;
        }
        return isAborted();
      },
    });
  }

  private look(): void {
    const { arena, id } = this.options;
    arena.beat();
    if (arena.isCancelled(id)) this.cancel();
  }

  private progress(fraction: number, stage: string): void {
    const { arena, id, send } = this.options;
    arena.beat();
    if (!(fraction >= 0) || this.unsentProgress >= MAXIMUM_UNSENT_PROGRESS) return;
    this.unsentProgress += 1;
    send({ type: 'progress', id, fraction: Math.min(1, fraction), stage: stage.slice(0, 500) }, () => (this.unsentProgress -= 1));
  }

  private emit(event: JsonObject): void {
    const { id, modelId, send } = this.options;
    if (!isSendable(event)) throw new GrymError('GRYM_MODEL_FAULT', { model: modelId, reason: 'an event of it is too large' });
    send({ type: 'event', id, event });
  }

  /** Throws where the task was cancelled. */
  throwIfCancelled(): void {
    if (this.io.signal.aborted) throw cancelledError(this.io.signal, this.options.what);
  }
}
