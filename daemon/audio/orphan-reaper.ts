import { messageOf, type Disposable, type Logger } from '../kernel/index.js';
import type { AudioPath, OrphanReport } from './audio-path.js';

/** A host that dies is looked for this often, whether or not its connection was seen to end. */
const INTERVAL_MS = 30_000;
/** A process that is killed closes its connection and lets go of its lock at nearly, but not exactly, the same time. */
const DELAY_MS = 500;

export interface OrphanReaperOptions {
  readonly audioPath: Pick<AudioPath, 'reapOrphans'>;
  /** Where captures are saved. */
  readonly folder: string;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly delayMs?: number;
}

/**
 * Saves and removes the segments whose plugins died: at the start, soon after a bridge has gone, and from time to time. The work
 * is done off the JavaScript thread, one round at a time.
 */
export class OrphanReaper implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #isAtWork = false;
  #isWanted = false;
  #isDisposed = false;
  /** What could not be removed is told once, not at each round. */
  readonly #told = new Set<string>();

  constructor(private readonly options: OrphanReaperOptions) {}

  start(): void {
    void this.#reap();
  }

  /** A bridge has gone; its plugin may be dead. */
  bridgeGone(): void {
    this.#schedule(this.options.delayMs ?? DELAY_MS);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  #schedule(milliseconds: number): void {
    if (this.#isDisposed) return;
    if (this.#isAtWork) {
      this.#isWanted = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reap(), milliseconds);
  }

  async #reap(): Promise<void> {
    this.#isAtWork = true;
    this.#isWanted = false;
    const { audioPath, folder, logger, intervalMs = INTERVAL_MS, delayMs = DELAY_MS } = this.options;
    try {
      for (const report of await audioPath.reapOrphans(folder)) this.#tell(report);
    } catch (error) {
      logger.warn(`Audio segments of dead plugins could not be looked for: ${messageOf(error)}`);
    }
    this.#isAtWork = false;
    this.#schedule(this.#isWanted ? delayMs : intervalMs);
  }

  #tell({ name, bridgeId, outcome, removed, message, path, frames, sampleRate }: OrphanReport): void {
    const { logger } = this.options;
    const owner = bridgeId === null ? `segment ${name}` : `bridge ${bridgeId.slice(0, 8)}`;
    if (outcome === 'saved') {
      logger.warn(`The plugin of ${owner} died; ${(frames / sampleRate).toFixed(1)} s of what it captured are saved in ${String(path)}`);
    } else if (outcome === 'silent') {
      logger.info(`The plugin of ${owner} died; it had captured only silence, its audio segment is removed`);
    } else if (removed || !this.#told.has(name)) {
      if (!removed) this.#told.add(name);
      logger.warn(`The plugin of ${owner} died, its capture was not saved: ${message}`);
    }
  }
}
