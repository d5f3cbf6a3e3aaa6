import { canonicalJson, messageOf, type JsonObject, type JsonValue } from '../../kernel/index.js';
import { rankOrder } from '../audio-context-adapter.js';
import type { AudioContext, ContextField } from '../audio-context.js';
import { CONTEXT_RANKS, type ContextRank } from '../context-item.js';
import type { RuleTrace } from '../hooks.js';
import { knownField } from '../known-fields.js';
import { capabilityMatches, type Rule } from './rule.js';
import { compareRules } from './rule-order.js';
import { shownValue } from './trace-sentence.js';

type TraceSource = RuleTrace['sources'][number];
type Lost = RuleTrace['lost'][number];

/** A value that a rule made. */
interface Candidate {
  readonly rule: Rule;
  readonly value: JsonValue;
  readonly rank: ContextRank;
  readonly confidence: number;
  readonly sources: readonly TraceSource[];
}

/** What a field is decided to be. */
export interface Decision {
  readonly by: RuleTrace['by'];
  readonly rule: string | null;
  readonly value: JsonValue;
  readonly rank: ContextRank;
  readonly confidence: number;
  readonly sources: readonly TraceSource[];
  readonly lost: RuleTrace['lost'];
}

function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Something that was said about a field. */
type Said = Omit<ContextField, 'alternatives'>;

/** The best of all that was said about a field for which this holds. */
function bestOf(field: ContextField, holds: (said: Said) => boolean): Said | undefined {
  return holds(field) ? field : field.alternatives.find(holds);
}

/** What the request or the host says counts for every rule, whichever step passed it on; so does what no capability stands for. */
function isHeardBy(rule: Rule, { rank, capability }: Said): boolean {
  return rank === 'request' || rank === 'host' || capability === null || capabilityMatches(rule.from, capability);
}

function sourceOf(field: string, { value, rank, confidence, provenance }: Said): TraceSource {
  return { field, value, rank, confidence, path: provenance.path };
}

/** One transformation under way: the fields that rules have made so far, and what becomes of them. */
export class Transformation {
  private readonly candidates = new Map<string, Candidate[]>();
  private readonly refused = new Map<string, { value: JsonValue; rule: string; because: string }[]>();
  private readonly decisions = new Map<string, Decision | null>();
  /** Rules that may set a field, whether they have or not. */
  private readonly setters = new Map<string, Rule[]>();

  constructor(
    private readonly view: AudioContext,
    private readonly explicit: JsonObject,
  ) {}

  /** Rules come in the order of reading. */
  apply(rule: Rule): void {
    for (const field of rule.sets) this.setters.set(field, [...(this.setters.get(field) ?? []), rule]);
    try {
      for (const result of rule.apply((field) => this.read(rule, field))) {
        this.addCandidate(
          rule,
          result.field,
          result.value,
          result.sources.flatMap((name) => {
            const source = this.read(rule, name);
            return source === undefined ? [] : [sourceOf(name, source)];
          }),
        );
      }
    } catch (error) {
      for (const field of rule.sets)
        this.refuse(field, { value: null, rule: rule.name, because: `it failed: ${messageOf(error).slice(0, 200)}` });
    }
  }

  fields(): string[] {
    return [...new Set([...this.candidates.keys(), ...this.refused.keys()])];
  }

  /** Null where nothing sets the field. */
  decide(field: string): Decision | null {
    let decision = this.decisions.get(field);
    if (decision === undefined) this.decisions.set(field, (decision = this.decideNow(field)));
    return decision;
  }

  private read(rule: Rule, field: string): Said | undefined {
    const given = own(this.explicit, field);
    if (given !== undefined && given !== null) {
      return {
        value: given,
        rank: 'request',
        confidence: 1,
        provenance: { path: '', step: '', rule: null, atMs: 0 },
        capability: null,
      };
    }
    // A rule that makes a field of itself reads what was stated.
    const decided = rule.sets.includes(field) || !this.candidates.has(field) ? null : this.decide(field);
    if (decided?.by === 'rule') {
      const { value, rank, confidence } = decided;
      return {
        value,
        rank,
        confidence,
        provenance: { path: '', step: '', rule: decided.rule, atMs: 0 },
        capability: null,
      };
    }
    const known = own(this.view, field);
    if (known === undefined) return undefined;
    return bestOf(known, (said) => said.provenance.rule !== null || isHeardBy(rule, said));
  }

  private addCandidate(rule: Rule, field: string, value: JsonValue, sources: readonly TraceSource[]): void {
    const known = knownField(field);
    if (known !== undefined && !known.schema.safeParse(value).success) {
      this.refuse(field, { value, rule: rule.name, because: `${shownValue(value)} is not ${known.range}` });
      return;
    }
    const weakest = Math.max(-1, ...sources.map(({ rank }) => rankOrder(rank)));
    const confidence = Number((rule.confidence * Math.min(1, ...sources.map((source) => source.confidence))).toPrecision(6));
    const candidate = { rule, value, rank: CONTEXT_RANKS[weakest] ?? 'default', confidence, sources };
    this.candidates.set(field, [...(this.candidates.get(field) ?? []), candidate]);
  }

  private refuse(field: string, entry: { value: JsonValue; rule: string; because: string }): void {
    this.refused.set(field, [...(this.refused.get(field) ?? []), entry]);
  }

  /** What was said about the field outright, by no rule, and by a step whose facts some rule for the field takes. */
  private stated(field: string): Said | undefined {
    const known = own(this.view, field);
    const setters = this.setters.get(field) ?? [];
    const isHeard = (said: Said): boolean => setters.length === 0 || setters.some((rule) => isHeardBy(rule, said));
    return known === undefined ? undefined : bestOf(known, (said) => said.provenance.rule === null && isHeard(said));
  }

  private decideNow(field: string): Decision | null {
    const byRules = [...(this.candidates.get(field) ?? [])].sort(compareCandidates);
    const refused = this.refused.get(field) ?? [];
    const lostRules = (because: (candidate: Candidate) => string, winner?: Candidate): RuleTrace['lost'] => [
      ...byRules
        .filter((candidate) => candidate !== winner)
        .map((entry) => ({ value: entry.value, rule: entry.rule.name, because: because(entry) })),
      ...refused,
    ];
    const given = own(this.explicit, field);
    if (given !== undefined) {
      // A rule that passes the value on has lost nothing.
      const isEcho = (entry: Lost): boolean =>
        byRules.some(({ rule, sources }) => rule.name === entry.rule && sources.some((source) => source.field === field)) &&
        canonicalJson(entry.value) === canonicalJson(given);
      const lost = lostRules(() => 'the workflow says it explicitly').filter((entry) => !isEcho(entry));
      return { by: 'explicit', rule: null, value: given, rank: 'request', confidence: 1, sources: [], lost };
    }
    const stated = this.stated(field);
    const [best] = byRules;
    // What was said outright yields to rules only where they rest on what counts more, or where a rule was made to change it.
    const holds = stated !== undefined && (best === undefined || rankOrder(stated.rank) <= rankOrder(best.rank));
    const winner = holds ? byRules.find(({ sources }) => sources.some((source) => source.field === field)) : best;
    if (winner !== undefined) {
      const lost = lostRules((entry) => whyLost(entry, winner, holds), winner);
      const { value, rank, confidence, sources } = winner;
      return { by: 'rule', rule: winner.rule.name, value, rank, confidence, sources, lost };
    }
    if (stated === undefined) {
      if (refused.length === 0) return null;
      return { by: 'nothing', rule: null, value: null, rank: 'default', confidence: 0, sources: [], lost: refused };
    }
    const { value, rank, confidence } = stated;
    const lost = lostRules(() => `it was said outright (${rank})`);
    return { by: 'stated', rule: null, value, rank, confidence, sources: [sourceOf(field, stated)], lost };
  }
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    b.rule.priority - a.rule.priority ||
    rankOrder(a.rank) - rankOrder(b.rank) ||
    b.confidence - a.confidence ||
    compareRules(a.rule, b.rule)
  );
}

function whyLost(loser: Candidate, winner: Candidate, holds: boolean): string {
  if (holds && compareCandidates(loser, winner) < 0) return 'what was said outright counts more';
  if (loser.rule.priority < winner.rule.priority) return `priority ${loser.rule.priority} is below ${winner.rule.priority}`;
  if (rankOrder(loser.rank) > rankOrder(winner.rank)) return `it rests on ${loser.rank}, the other on ${winner.rank}`;
  if (loser.confidence < winner.confidence) return `confidence ${loser.confidence} is below ${winner.confidence}`;
  return 'the other comes first by origin or name';
}
