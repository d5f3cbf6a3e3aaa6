import type { SegmentEvent } from '../../audio/index.js';

/** Which kinds of events say what became of a command. */
const REPLIES: ReadonlySet<SegmentEvent['kind']> = new Set(['armed', 'launched', 'slot-ended', 'refused']);

/** Finds, among the events of all plugins, the first one that a command led to. */
export class CommandReplies {
  readonly #waiting = new Map<number, (event: SegmentEvent) => void>();
  #nextId: number;

  /** The ids of an earlier daemon, whose launches may still be armed, must not come again: they count on from the time. */
  constructor(nowMs: number) {
    this.#nextId = Math.floor(nowMs) * 1_000;
  }

  nextId(): number {
    return this.#nextId++;
  }

  hear(event: SegmentEvent): void {
    if (REPLIES.has(event.kind)) this.#waiting.get(event.commandId)?.(event);
  }

  /** Null where nothing was heard in time. */
  async of(commandId: number, milliseconds: number): Promise<SegmentEvent | null> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        this.#waiting.set(commandId, resolve);
        timer = setTimeout(() => resolve(null), milliseconds);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(commandId);
    }
  }
}
