import type { JsonValue } from '../kernel/index.js';
import type { ContextRank } from './context-item.js';

/** Who said it. */
export interface Provenance {
  /** Path of the activation; `` for what the run was asked for. */
  readonly path: string;
  /** Name of the step in the catalogue; `` for what the run was asked for. */
  readonly step: string;
  /** The rule that set it; null where it was said outright. */
  readonly rule: string | null;
  readonly atMs: number;
}

/** Why an item did not become the field's value. */
export type LostBecause = 'lower-rank' | 'older';

export interface ContextAlternative {
  readonly value: JsonValue;
  readonly rank: ContextRank;
  readonly confidence: number;
  readonly provenance: Provenance;
  readonly capability: string | null;
  readonly lostBecause: LostBecause;
}

export interface ContextField {
  readonly value: JsonValue;
  readonly rank: ContextRank;
  /** 0 … 1. */
  readonly confidence: number;
  readonly provenance: Provenance;
  /** Capability of the step that said it; null for what the request or the host says. */
  readonly capability: string | null;
  /** What else was said about the field, best first; at most 8. */
  readonly alternatives: readonly ContextAlternative[];
}

/** The merged view of a run's items: one value for each field. */
export type AudioContext = Readonly<Record<string, ContextField>>;
