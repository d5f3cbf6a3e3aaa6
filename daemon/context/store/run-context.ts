import type { JsonObject } from '../../kernel/index.js';
import { AudioContextAdapter } from '../audio-context-adapter.js';
import type { AudioContext } from '../audio-context.js';
import { checkItems, type CheckedItem } from '../check-items.js';
import type { ContextItem, NewContextItem } from '../context-item.js';
import type { ContextRun, ContextSource, RunContext, Transformed } from '../hooks.js';
import type { ContextJournal } from './context-journal.js';
import { fromStored, inOrderOfGraph, toStored, type ContextDocument, type StoredItem } from './stored-context.js';

/** What a run's context needs of the store. */
export interface RunContextHost {
  readonly journal: ContextJournal;
  transform(view: AudioContext, toCapability: string, explicit: JsonObject, accepts?: readonly string[]): Transformed;
  snapshot(context: StoredRunContext, end: boolean): Promise<void>;
  wrote(items: number): void;
  readItems(items: number): void;
}

/** What was read of a run: the changes up to a number. */
export interface ReadContext {
  readonly items: readonly StoredItem[];
  readonly sequence: number;
}

const NOTHING: ReadContext = { items: [], sequence: 0 };

export class StoredRunContext implements RunContext {
  private adapter = new AudioContextAdapter();
  private readonly byPath = new Map<string, ContextItem[]>();
  private count = 0;
  /** The last change; all before it are in memory. */
  private sequence = 0;
  private unconfirmed = false;

  constructor(
    readonly run: ContextRun,
    private readonly host: RunContextHost,
    /** Reads all of it again. */
    private readonly reread: () => ReadContext,
    read: ReadContext = NOTHING,
  ) {
    this.take(read);
  }

  view(scope: string): AudioContext {
    this.confirm();
    const view = this.adapter.view(scope);
    this.host.readItems(Object.keys(view).length);
    return view;
  }

  transform(scope: string, toCapability: string, explicit: JsonObject, accepts?: readonly string[]): Transformed {
    return this.host.transform(this.view(scope), toCapability, explicit, accepts);
  }

  items(path?: string): readonly ContextItem[] {
    this.confirm();
    return path === undefined ? inOrderOfGraph([...this.byPath.values()].flat()) : [...(this.byPath.get(path) ?? [])];
  }

  commit(at: ContextSource, items: readonly NewContextItem[]): void {
    if (items.length === 0) return;
    this.confirm();
    const { path, scope, position, step, capability, atMs } = at;
    const first = this.byPath.get(path)?.length ?? 0;
    const complete = (item: CheckedItem, index: number): ContextItem => ({
      ...item,
      ...this.ids,
      path,
      scope,
      position,
      ordinal: first + index,
      step,
      capability,
      atMs,
    });
    this.append(checkItems(items).map(complete));
  }

  adopt(items: readonly ContextItem[]): void {
    if (items.length === 0) return;
    this.confirm();
    this.append(items.map((item) => ({ ...item, ...this.ids })));
  }

  snapshot(end: boolean): Promise<void> {
    return this.host.snapshot(this, end);
  }

  /** Null where nothing was ever said. */
  document(): ContextDocument | null {
    const items = this.items();
    if (items.length === 0) return null;
    const { runId, workflow, atMs } = this.run;
    return { version: 1, runId, workflow, begunAtMs: atMs, appliedSequence: this.sequence, items: items.map(toStored) };
  }

  get itemCount(): number {
    return this.count;
  }

  private get ids(): { runId: string; workflow: string } {
    return { runId: this.run.runId, workflow: this.run.workflow };
  }

  private append(items: readonly ContextItem[]): void {
    // A run of before this table was, or one that begins without items.
    this.host.journal.addRun(this.run);
    this.sequence = this.host.journal.append(this.run.runId, items.map(toStored));
    this.unconfirmed = true;
    this.remember(items);
    this.host.wrote(items.length);
  }

  private remember(items: readonly ContextItem[]): void {
    this.adapter.add(items);
    for (const item of items) {
      const ofPath = this.byPath.get(item.path);
      if (ofPath === undefined) this.byPath.set(item.path, [item]);
      else ofPath.push(item);
    }
    this.count += items.length;
  }

  private take({ items, sequence }: ReadContext): void {
    this.remember(items.map((item) => fromStored(item, this.run)));
    this.sequence = sequence;
    this.unconfirmed = false;
  }

  /** The transaction of the last change may have been rolled back since: then memory is ahead of the journal. */
  private confirm(): void {
    if (!this.unconfirmed || this.host.journal.holds(this.run.runId, this.sequence)) return;
    this.adapter = new AudioContextAdapter();
    this.byPath.clear();
    this.count = 0;
    this.take(this.reread());
  }
}
