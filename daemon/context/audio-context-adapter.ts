import type { AudioContext, ContextAlternative, ContextField, Provenance } from './audio-context.js';
import { CONTEXT_RANKS, type ContextItem, type ContextRank } from './context-item.js';

/** Alternatives kept for each field: what a person may want to see, and what keeps a field's cost the same in a long run. */
export const MAXIMUM_ALTERNATIVES = 8;

const RANK_ORDER = new Map<ContextRank, number>(CONTEXT_RANKS.map((rank, index) => [rank, index]));

/** Lower counts more. */
export function rankOrder(rank: ContextRank): number {
  return RANK_ORDER.get(rank) ?? CONTEXT_RANKS.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Negative where `a` counts more: by rank, then by place in the graph, the later one first. Path and ordinal name an item, so
 * the order is total; no clock takes part, and the order in which branches ended leaves no trace.
 */
export function compareItems(a: ContextItem, b: ContextItem): number {
  return (
    rankOrder(a.rank) - rankOrder(b.rank) || compareText(b.position, a.position) || b.ordinal - a.ordinal || compareText(b.path, a.path)
  );
}

/** Scope itself and the scopes around it, the run as a whole first. */
export function scopesAround(scope: string): string[] {
  if (scope === '') return [''];
  const ends = [...scope.matchAll(/\//g)].map(({ index }) => index);
  return ['', ...ends.map((end) => scope.slice(0, end)), scope];
}

function provenanceOf({ path, step, rule, atMs }: ContextItem): Provenance {
  return { path, step, rule, atMs };
}

function fieldOf(items: readonly ContextItem[]): ContextField | null {
  const [best, ...rest] = items;
  if (best === undefined) return null;
  const alternatives = rest.map((item): ContextAlternative => ({
    value: item.value,
    rank: item.rank,
    confidence: item.confidence,
    provenance: provenanceOf(item),
    capability: item.capability,
    lostBecause: item.rank === best.rank ? 'older' : 'lower-rank',
  }));
  return {
    value: best.value,
    rank: best.rank,
    confidence: best.confidence,
    provenance: provenanceOf(best),
    capability: best.capability,
    alternatives,
  };
}

/** The best items of one field, in order; adding one costs the same however many came before. */
function insert(best: ContextItem[], item: ContextItem): void {
  const index = best.findIndex((other) => compareItems(item, other) < 0);
  if (index >= 0) best.splice(index, 0, item);
  else if (best.length <= MAXIMUM_ALTERNATIVES) best.push(item);
  if (best.length > MAXIMUM_ALTERNATIVES + 1) best.pop();
}

/**
 * Typed items to one audio context. Items may come in any order. Each scope keeps the best items of each field; a view merges
 * the fields of a scope with those of the scopes around it.
 */
export class AudioContextAdapter {
  private readonly scopes = new Map<string, Map<string, ContextItem[]>>();
  private readonly views = new Map<string, AudioContext>();

  static merge(items: Iterable<ContextItem>, scope = ''): AudioContext {
    const adapter = new AudioContextAdapter();
    adapter.add(items);
    return adapter.view(scope);
  }

  add(items: Iterable<ContextItem>): void {
    for (const item of items) {
      let fields = this.scopes.get(item.scope);
      if (fields === undefined) this.scopes.set(item.scope, (fields = new Map<string, ContextItem[]>()));
      let best = fields.get(item.field);
      if (best === undefined) fields.set(item.field, (best = []));
      insert(best, item);
      this.forgetViews(item.scope);
    }
  }

  /** The same object until an item comes that it would show. */
  view(scope: string): AudioContext {
    let view = this.views.get(scope);
    if (view === undefined) this.views.set(scope, (view = this.build(scope)));
    return view;
  }

  private forgetViews(scope: string): void {
    if (scope === '') this.views.clear();
    else for (const other of this.views.keys()) if (other === scope || other.startsWith(`${scope}/`)) this.views.delete(other);
  }

  private build(scope: string): AudioContext {
    const layers = scopesAround(scope)
      .map((name) => this.scopes.get(name))
      .filter((fields) => fields !== undefined);
    const names = [...new Set(layers.flatMap((fields) => [...fields.keys()]))].sort(compareText);
    // Without a prototype: a field may have any name, also `constructor`.
    const view = Object.create(null) as Record<string, ContextField>;
    for (const name of names) {
      const items = layers.flatMap((fields) => fields.get(name) ?? []);
      const best = layers.length === 1 ? items : items.sort(compareItems).slice(0, MAXIMUM_ALTERNATIVES + 1);
      const field = fieldOf(best);
      if (field !== null) view[name] = field;
    }
    return Object.freeze(view);
  }
}
