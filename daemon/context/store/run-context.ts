import type { JsonObject } from '../../kernel/index.js';
import { AudioContextAdapter } from '../audio-context-adapter.js';
import type { AudioContext } from '../audio-context.js';
import { checkItems, type CheckedItem } from '../check-items.js';
import type { ContextItem, NewContextItem } from '../context-item.js';
import type { ContextRun, ContextSource, RuleTrace, RunContext, StepTrace, Transformed } from '../hooks.js';
import type { ContextJournal } from './context-journal.js';
import {
  fromStored,
  fromStoredTrace,
  inOrderOfGraph,
  toStored,
  toStoredTrace,
  type ContextDocument,
  type StoredItem,
  type StoredTrace,
} from './stored-context.js';

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
  /** Of one activation the last one counts. */
  readonly traces: readonly StoredTrace[];
  readonly sequence: number;
}

export const NOTHING: ReadContext = { items: [], traces: [], sequence: 0 };

export class StoredRunContext implements RunContext {
  private adapter = new AudioContextAdapter();
  private readonly byPath = new Map<string, ContextItem[]>();
  private readonly traceByPath = new Map<string, StoredTrace>();
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

  traces(path?: string): readonly StepTrace[] {
    this.confirm();
    const found = path === undefined ? this.traceByPath.values() : [this.traceByPath.get(path)].filter((trace) => trace !== undefined);
    return [...found].sort(compareTraces).map(fromStoredTrace);
  }

  commit(at: ContextSource, items: readonly NewContextItem[], trace: readonly RuleTrace[] = []): void {
    if (items.length === 0 && trace.length === 0) return;
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
    const traces = trace.length === 0 ? [] : [toStoredTrace({ path, scope, position, step, capability, parameters: trace })];
    this.append(checkItems(items).map(complete), traces);
  }

  adopt(items: readonly ContextItem[], traces: readonly StepTrace[] = []): void {
    if (items.length === 0 && traces.length === 0) return;
    this.confirm();
    this.append(
      items.map((item) => ({ ...item, ...this.ids })),
      traces.map(toStoredTrace),
    );
  }

  snapshot(end: boolean): Promise<void> {
    return this.host.snapshot(this, end);
  }

  /** Null where nothing was ever said. */
  document(): ContextDocument | null {
    const items = this.items();
    if (items.length === 0 && this.traceByPath.size === 0) return null;
    const { runId, workflow, atMs } = this.run;
    const traces = [...this.traceByPath.values()].sort(compareTraces);
    return { version: 1, runId, workflow, begunAtMs: atMs, appliedSequence: this.sequence, items: items.map(toStored), traces };
  }

  get itemCount(): number {
    return this.count;
  }

  private get ids(): { runId: string; workflow: string } {
    return { runId: this.run.runId, workflow: this.run.workflow };
  }

  private append(items: readonly ContextItem[], traces: readonly StoredTrace[]): void {
    // A run of before this table was, or one that begins without items.
    this.host.journal.addRun(this.run);
    this.sequence = this.host.journal.append(this.run.runId, items.map(toStored), traces);
    this.unconfirmed = true;
    this.remember(items, traces);
    this.host.wrote(items.length);
  }

  private remember(items: readonly ContextItem[], traces: readonly StoredTrace[]): void {
    for (const trace of traces) this.traceByPath.set(trace.path, trace);
    this.adapter.add(items);
    for (const item of items) {
      const ofPath = this.byPath.get(item.path);
      if (ofPath === undefined) this.byPath.set(item.path, [item]);
      else ofPath.push(item);
    }
    this.count += items.length;
  }

  private take({ items, traces, sequence }: ReadContext): void {
    const complete = items.map((item) => fromStored(item, this.run));
    this.remember(complete, traces);
    this.sequence = sequence;
    this.unconfirmed = false;
  }

  /** The transaction of the last change may have been rolled back since: then memory is ahead of the journal. */
  private confirm(): void {
    if (!this.unconfirmed || this.host.journal.holds(this.run.runId, this.sequence)) return;
    this.adapter = new AudioContextAdapter();
    this.byPath.clear();
    this.traceByPath.clear();
    this.count = 0;
    this.take(this.reread());
  }
}

function compareTraces(a: StoredTrace, b: StoredTrace): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
