import { messageOf, type Clock, type Logger } from '../../kernel/index.js';
import type { Document, DocumentStore } from '../../storage/index.js';
import type { StoredRunContext } from './run-context.js';
import type { ContextDocument } from './stored-context.js';

/** Between two versions of one document, but for the last one. */
const WRITE_EVERY_MS = 1_000;
/** Each waits for the disk several times; more at once would keep the journal's commits waiting. */
const WRITES_AT_ONCE = 4;

/** Writes the documents of runs that are under way: seldom, a few at once, and never so that the run has to know of a failure. */
export class DocumentWriter {
  private readonly open = new Map<string, Document<ContextDocument>>();
  private readonly nextWrites = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private count = 0;

  constructor(
    private readonly documents: DocumentStore<ContextDocument>,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** False for a run that was forgotten: nobody will ask for its document. */
    private readonly isKept: (runId: string) => boolean,
  ) {}

  get written(): number {
    return this.count;
  }

  /** Writes a version where a second has passed since the last one. */
  async write(context: StoredRunContext): Promise<void> {
    const { runId } = context.run;
    const now = this.clock.monotonicMs();
    const next = this.nextWrites.get(runId);
    if (next === undefined || now < next) {
      // Most runs are over before there is anything to see: the first version comes a second after the first change.
      if (next === undefined) this.nextWrites.set(runId, now + WRITE_EVERY_MS);
      return;
    }
    this.nextWrites.set(runId, now + WRITE_EVERY_MS);
    await this.attempt(context, false);
  }

  /** Writes both copies of the last version. The number of the last change in it; null where it could not be written or nobody wants it. */
  async seal(context: StoredRunContext): Promise<number | null> {
    const { runId } = context.run;
    const sequence = await this.attempt(context, true);
    this.open.get(runId)?.dispose();
    this.open.delete(runId);
    this.nextWrites.delete(runId);
    return sequence;
  }

  dispose(): void {
    for (const document of this.open.values()) document.dispose();
    this.open.clear();
  }

  private async attempt(context: StoredRunContext, last: boolean): Promise<number | null> {
    const { runId } = context.run;
    try {
      return await this.whenFree(async () => {
        // Where runs end faster than the disk takes documents, the queue is no longer than the runs that are kept.
        if (!this.isKept(runId)) return null;
        const data = context.document();
        if (data === null) return 0;
        const document = this.documentOf(runId);
        await (last ? document.seal(data) : document.write(data));
        this.count += 1;
        return data.appliedSequence;
      });
    } catch (error) {
      this.logger.warn('the context document of a run was not written; the journal holds all of it', { runId, reason: messageOf(error) });
      return null;
    }
  }

  private documentOf(runId: string): Document<ContextDocument> {
    let document = this.open.get(runId);
    if (document === undefined) this.open.set(runId, (document = this.documents.open(runId)));
    return document;
  }

  private async whenFree<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy >= WRITES_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.busy += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.busy -= 1;
      else next();
    }
  }
}
