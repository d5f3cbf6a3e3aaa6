import { setImmediate as nextTurn } from 'node:timers/promises';
import { isGrymError, messageOf, type Logger } from '../../kernel/index.js';
import type { DocumentStore } from '../../storage/index.js';
import type { ContextItem } from '../context-item.js';
import { ContextIndex, type IndexChange } from './context-index.js';
import type { ContextJournal, JournalledChange } from './context-journal.js';
import { fromStored, type ContextDocument } from './stored-context.js';

/** Changes and documents that go into one transaction of the index; between two of them others get their turn. */
const CHANGES_AT_ONCE = 32;
const DOCUMENTS_AT_ONCE = 16;

export interface IndexKeeperOptions {
  readonly path: string;
  readonly journal: ContextJournal;
  readonly documents: DocumentStore<ContextDocument>;
  /** Items of a run whose changes are not in the journal any more; null where they cannot be read. */
  readonly itemsOfSealed: (runId: string) => readonly ContextItem[] | null;
  readonly logger: Logger;
}

/**
 * Keeps the index in step with the journal: it reads on from the last change it has seen, and begins anew from documents and
 * journal where the index is new, damaged, of another version or of another journal. One piece of work at a time.
 */
export class IndexKeeper {
  private index: ContextIndex | null = null;
  /** Whether the runs that the journal holds no more are in it. */
  private hasDocuments = false;
  private last: Promise<unknown> = Promise.resolve();
  private rebuilds = 0;

  constructor(private readonly options: IndexKeeperOptions) {}

  get rebuilt(): number {
    return this.rebuilds;
  }

  /** `work` on an index that holds every committed change. Where it fails on the index, that is made anew, and `work` is done once more. */
  use<T>(work: (index: ContextIndex) => T): Promise<T> {
    return this.inTurn(async () => {
      try {
        return work(await this.current());
      } catch (error) {
        // A mistake in what was asked for, or a disk that takes nothing: a new index would not help.
        if (isGrymError(error) && error.code !== 'GRYM_DATABASE_DAMAGED') throw error;
        this.discard(messageOf(error));
        return work(await this.current());
      }
    });
  }

  rebuild(): Promise<{ items: number }> {
    return this.inTurn(async () => {
      this.discard('it was asked for');
      return { items: (await this.current()).count() };
    });
  }

  /** What the index holds of a run, without bringing it up to date; empty where it cannot be read. */
  itemsOf(runId: string): readonly ContextItem[] {
    try {
      return (this.index ?? this.open()).itemsOf(runId);
    } catch (error) {
      this.options.logger.warn('the index of contexts cannot be read', { reason: messageOf(error) });
      return [];
    }
  }

  async dispose(): Promise<void> {
    await this.last.catch(() => undefined);
    this.index?.dispose();
    this.index = null;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.catch(() => undefined).then(work);
    this.last = next;
    return next;
  }

  private discard(reason: string): void {
    this.options.logger.warn('the index of contexts is made anew', { reason });
    try {
      this.index?.remove();
    } finally {
      this.index = null;
      this.hasDocuments = false;
    }
  }

  private open(): ContextIndex {
    const { path, journal, logger } = this.options;
    const name = journal.name();
    try {
      const { index, emptyBecause } = ContextIndex.open(path, name);
      if (emptyBecause !== null) logger.info('the index of contexts is filled from journal and documents', { reason: emptyBecause });
      this.index = index;
      return index;
    } catch (error) {
      if (isGrymError(error) && error.code !== 'GRYM_DATABASE_DAMAGED') throw error;
      logger.warn('the index of contexts is made anew', { reason: messageOf(error) });
      ContextIndex.removeFile(path);
      const { index } = ContextIndex.open(path, name);
      this.index = index;
      return index;
    }
  }

  private async current(): Promise<ContextIndex> {
    const index = this.index ?? this.open();
    if (!this.hasDocuments) await this.takeDocuments(index);
    this.hasDocuments = true;
    await this.takeChanges(index);
    return index;
  }

  /**
   * Runs that the journal holds no more and the index has not seen: all of them where the index is new; after a loss of power
   * those whose rows the index had not kept.
   */
  private async takeDocuments(index: ContextIndex): Promise<void> {
    const { sequence } = index.progress();
    const { journal, documents } = this.options;
    const missing = new Set(journal.sealedAfter(sequence).map(({ runId }) => runId));
    if (sequence === 0) {
      this.rebuilds += 1;
      // Also documents that the journal does not know, as after the loss of the database.
      for (const runId of documents.list()) if (journal.run(runId) === null) missing.add(runId);
    }
    const runIds = [...missing];
    for (let at = 0; at < runIds.length; at += DOCUMENTS_AT_ONCE) {
      const changes = runIds.slice(at, at + DOCUMENTS_AT_ONCE).flatMap((runId): IndexChange[] => {
        const items = this.options.itemsOfSealed(runId);
        return items === null ? [] : [{ runId, replace: true, items }];
      });
      index.apply(changes, sequence);
      await nextTurn();
    }
  }

  private async takeChanges(index: ContextIndex): Promise<void> {
    const { journal } = this.options;
    for (;;) {
      const changes = journal.changesAfter(index.progress().sequence, CHANGES_AT_ONCE);
      const last = changes.at(-1);
      if (last === undefined) return;
      index.apply(
        changes.map((change) => this.toIndexChange(change)),
        last.sequence,
      );
      if (changes.length < CHANGES_AT_ONCE) return;
      await nextTurn();
    }
  }

  private toIndexChange({ runId, kind, items }: JournalledChange): IndexChange {
    const run = kind === 'forget' ? null : this.options.journal.run(runId);
    return { runId, replace: kind === 'forget', items: run === null ? [] : items.map((item) => fromStored(item, run)) };
  }
}
