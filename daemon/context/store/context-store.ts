import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GrymError, messageOf, type Clock, type Disposable, type JsonObject, type Logger } from '../../kernel/index.js';
import { DocumentStore, type Database } from '../../storage/index.js';
import type { AudioContext } from '../audio-context.js';
import { checkItems } from '../check-items.js';
import type { ContextItem, NewContextItem } from '../context-item.js';
import type { ContextHooks, ContextRun, RunContext, Transformed } from '../hooks.js';
import type { ContextTransformer } from '../rules/index.js';
import { ContextJournal, type JournalledRun } from './context-journal.js';
import { BEGINNING, cursorOf, placeOf, type Place } from './context-index.js';
import { DocumentWriter } from './document-writer.js';
import { IndexKeeper } from './index-keeper.js';
import { checkQuery, type ContextPage, type ContextQuery } from './query.js';
import { NOTHING, StoredRunContext, type ReadContext, type RunContextHost } from './run-context.js';
import { contextDocumentSchema, fromStored, toStored, type ContextDocument } from './stored-context.js';

export interface ContextStoreOptions {
  readonly database: Database;
  /** Locked by this process. Documents go to `contexts/`, the index to `context-index.sqlite`. */
  readonly dataFolder: string;
  readonly transformer: ContextTransformer;
  /** Called before each use of the rules. */
  readonly refreshRules: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ContextStatistics {
  /** In this process. */
  readonly itemsWritten: number;
  readonly itemsRead: number;
  readonly queries: number;
  readonly documentsWritten: number;
  readonly indexRebuilds: number;
  /** How often each rule has set a field. */
  readonly ruleHits: Readonly<Record<string, number>>;
}

const FORGOTTEN_AT_ONCE = 100;
/** Ended runs whose rows leave the journal in one transaction. */
const SEALS_AT_ONCE = 32;
const SEAL_EVERY_MS = 1_000;

/** Contexts of all runs: the journal first, then documents and index, which follow it. */
export class ContextStore implements ContextHooks, RunContextHost, Disposable {
  readonly journal: ContextJournal;
  private readonly documents: DocumentStore<ContextDocument>;
  private readonly writer: DocumentWriter;
  private readonly index: IndexKeeper;
  private readonly underWay = new Set<Promise<void>>();
  private readonly damaged = new Set<string>();
  private seals: { runId: string; sequence: number }[] = [];
  private nextSealMs = 0;
  private following: Promise<void> = Promise.resolve();
  private nextFollowing: Promise<void> | null = null;
  private disposing = false;
  private counts = { written: 0, read: 0, queries: 0 };

  constructor(private readonly options: ContextStoreOptions) {
    const { database, dataFolder, clock, logger } = options;
    this.journal = new ContextJournal(database);
    this.documents = new DocumentStore({
      folder: join(dataFolder, 'contexts'),
      schema: contextDocumentSchema,
      onProblem: (problem) => {
        this.damaged.add(problem.file);
        logger.warn('a context document was damaged or missing', { ...problem });
      },
    });
    this.writer = new DocumentWriter(this.documents, clock, logger, (runId) => this.journal.run(runId) !== null);
    this.index = new IndexKeeper({
      path: join(dataFolder, 'context-index.sqlite'),
      journal: this.journal,
      documents: this.documents,
      itemsOfSealed: (runId) => this.itemsOfSealed(runId),
      logger,
    });
  }

  begin(run: ContextRun, items: readonly NewContextItem[]): RunContext {
    this.journal.addRun(run);
    const context = this.contextOf(run);
    context.commit({ path: '', scope: '', position: '', step: '', capability: null, atMs: run.atMs }, items);
    return context;
  }

  load(run: ContextRun): RunContext {
    const known = this.journal.run(run.runId);
    return this.contextOf(known === null ? run : { runId: known.runId, workflow: known.workflow, atMs: known.atMs }, this.read(run.runId));
  }

  forget(runIds: readonly string[]): void {
    for (const runId of runIds) this.journal.forget(runId);
  }

  check(items: readonly NewContextItem[]): void {
    checkItems(items);
  }

  reconcile(openRunIds: readonly string[]): Promise<void> {
    return this.track(this.writeMissing(new Set(openRunIds)));
  }

  /** The newest first, or by priority; of a page all that there is. */
  async query(query: ContextQuery): Promise<ContextPage> {
    const checked = checkQuery(query);
    const items: ContextItem[] = [];
    let place: Place | null = checked.cursor === undefined ? BEGINNING : placeOf(checked.cursor);
    while (place !== null && items.length < checked.limit) {
      const from: Place = place;
      const part = await this.index.use((index) => index.part(checked, from, checked.limit - items.length));
      items.push(...part.items);
      place = part.goOn;
    }
    this.counts.queries += 1;
    this.counts.read += items.length;
    return { items, nextCursor: place === null ? null : cursorOf(place) };
  }

  /** Makes the index anew from documents and journal. Happens by itself where it is found damaged. */
  rebuildIndex(): Promise<{ items: number }> {
    return this.index.rebuild();
  }

  statistics(): ContextStatistics {
    const hits = this.options.transformer.rules().filter((rule) => rule.hits > 0);
    return {
      itemsWritten: this.counts.written,
      itemsRead: this.counts.read,
      queries: this.counts.queries,
      documentsWritten: this.writer.written,
      indexRebuilds: this.index.rebuilt,
      ruleHits: Object.fromEntries(hits.map((rule) => [rule.name, rule.hits])),
    };
  }

  /** Resolves when nothing is written behind the runs' backs: documents, index, what was forgotten. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Waits for documents that are being written; what is left to reconcile is left to the next start. Before the database is closed. */
  async dispose(): Promise<void> {
    this.disposing = true;
    await this.idle();
    this.sealNow();
    this.writer.dispose();
    await this.index.dispose();
  }

  // What the contexts of runs need.

  transform(view: AudioContext, toCapability: string, explicit: JsonObject, accepts?: readonly string[]): Transformed {
    this.options.refreshRules();
    return this.options.transformer.transform(view, toCapability, explicit, accepts);
  }

  snapshot(context: StoredRunContext, end: boolean): Promise<void> {
    return this.track(end ? this.end(context) : this.writer.write(context));
  }

  wrote(items: number): void {
    this.counts.written += items;
  }

  readItems(items: number): void {
    this.counts.read += items;
  }

  private contextOf(run: ContextRun, read?: ReadContext): StoredRunContext {
    return new StoredRunContext(run, this, () => this.read(run.runId), read);
  }

  private track(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) => this.options.logger.error('context: work in the background failed', { reason: messageOf(error), error }))
      .finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
    return tracked;
  }

  private async writeMissing(open: ReadonlySet<string>): Promise<void> {
    for (const run of this.journal.unsealedRuns().filter(({ runId }) => !open.has(runId))) {
      if (this.disposing) return;
      await this.load(run).snapshot(true);
      await nextTurn();
    }
    await this.followJournal();
    this.sealNow();
  }

  /** Only what both copies of the document and the index hold may leave the journal. */
  private async end(context: StoredRunContext): Promise<void> {
    const { runId } = context.run;
    const sequence = await this.writer.seal(context);
    // Forgotten while its document was written: whoever followed the journal then found none to remove.
    if (sequence !== null && this.journal.run(runId) === null) await this.documents.remove(runId);
    await this.followJournal();
    if (sequence === null) return;
    this.seals.push({ runId, sequence });
    const now = this.options.clock.monotonicMs();
    if (this.seals.length >= SEALS_AT_ONCE || now >= this.nextSealMs) this.sealNow();
  }

  private sealNow(): void {
    if (this.seals.length === 0) return;
    this.journal.seal(this.seals);
    this.seals = [];
    this.nextSealMs = this.options.clock.monotonicMs() + SEAL_EVERY_MS;
  }

  /** One at a time: whoever comes while one is under way shares the next one, which begins after what is in the journal now. */
  private followJournal(): Promise<void> {
    if (this.nextFollowing !== null) return this.nextFollowing;
    const next = this.following.then(() => {
      this.nextFollowing = null;
      return this.follow();
    });
    this.nextFollowing = next;
    this.following = next.catch(() => undefined);
    return next;
  }

  /** Brings the index up to date, and removes the documents of runs that were forgotten. */
  private async follow(): Promise<void> {
    await this.index.use(() => undefined);
    for (let forgotten = this.journal.forgotten(FORGOTTEN_AT_ONCE); forgotten.length > 0;) {
      for (const { runId } of forgotten) await this.documents.remove(runId);
      this.journal.dropForgotten(forgotten.map(({ sequence }) => sequence));
      forgotten = forgotten.length < FORGOTTEN_AT_ONCE ? [] : this.journal.forgotten(FORGOTTEN_AT_ONCE);
    }
  }

  private read(runId: string): ReadContext {
    const run = this.journal.run(runId);
    if (run === null) return NOTHING;
    const base = this.sealedPart(run);
    const rest = this.journal.changesOf(runId, base.sequence);
    const known = new Set(base.items.map(({ path, ordinal }) => `${path}#${ordinal}`));
    const items = rest.flatMap((change) => change.items).filter(({ path, ordinal }) => !known.has(`${path}#${ordinal}`));
    const traces = [...base.traces, ...rest.flatMap((change) => change.traces)];
    return { items: [...base.items, ...items], traces, sequence: rest.at(-1)?.sequence ?? base.sequence };
  }

  /** What is not in the journal any more: from the document, from its previous-good copy, at last from the index. */
  private sealedPart({ runId, sealedSequence }: JournalledRun): ReadContext {
    if (sealedSequence === null || sealedSequence === 0) return NOTHING;
    const before = this.damaged.size;
    const document = this.documents.read(runId);
    if (document !== null && document.runId === runId && document.appliedSequence >= sealedSequence) {
      if (this.damaged.size > before) this.heal(document);
      return { items: document.items, traces: document.traces, sequence: document.appliedSequence };
    }
    const items = this.index.itemsOf(runId).map(toStored);
    if (items.length === 0) throw new GrymError('GRYM_CONTEXT_LOST', { runId });
    this.options.logger.warn('the context of a run was read from the index, since both copies of its document are damaged or gone', {
      runId,
    });
    return { items, traces: [], sequence: sealedSequence };
  }

  /** Writes both copies anew where one of them was lost. */
  private heal(data: ContextDocument): void {
    const write = async (): Promise<void> => {
      const document = this.documents.open(data.runId);
      try {
        await document.seal(data);
      } finally {
        document.dispose();
      }
    };
    void this.track(write());
  }

  private itemsOfSealed(runId: string): readonly ContextItem[] | null {
    try {
      const run = this.journal.run(runId);
      if (run !== null) return this.read(runId).items.map((item) => fromStored(item, run));
      const document = this.documents.read(runId);
      return document === null ? null : document.items.map((item) => fromStored(item, document));
    } catch (error) {
      this.options.logger.error('the context of a run is left out of the index', { runId, reason: messageOf(error) });
      return null;
    }
  }
}
