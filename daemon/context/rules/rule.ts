import type { z } from 'zod';
import type { JsonValue } from '../../kernel/index.js';
import type { ContextField } from '../audio-context.js';
import type { KnownFieldValues } from '../known-fields.js';

export type RuleOrigin = 'built-in' | 'user' | 'registered';

/** What a rule would set, and of which fields it made that. */
export interface RuleResult {
  readonly field: string;
  readonly value: JsonValue;
  readonly sources: readonly string[];
}

/** A field as a rule may see it; undefined where nothing is known. */
export type FieldReader = (field: string) => Pick<ContextField, 'value' | 'confidence'> | undefined;

/** A rule, however it was written. */
export interface Rule {
  readonly name: string;
  readonly help: string;
  readonly origin: RuleOrigin;
  /** Capability of the steps whose facts it takes. What the request or the host says, or a step without a capability, counts for every rule. */
  readonly from: string;
  /** Capability of the steps whose parameters it sets. */
  readonly to: string;
  /** Of several rules for a field the higher one sets it. */
  readonly priority: number;
  /** 0 … 1: how much of its sources' confidence its result keeps. */
  readonly confidence: number;
  readonly reads: readonly string[];
  readonly sets: readonly string[];
  /** Pure. May throw: then the rule is left out, with the reason in the trace. */
  readonly apply: (read: FieldReader) => readonly RuleResult[];
}

/**
 * A rule as a typed function. `From` and `To`: objects whose fields are context fields, most often
 * `Pick<KnownFieldValues, …>`.
 */
export interface TransformRule<From extends object, To extends object> {
  /** Kebab-case, unique among all rules. */
  readonly name: string;
  readonly help: string;
  readonly from: string;
  readonly to: string;
  readonly priority?: number;
  readonly confidence?: number;
  /** What it needs; it is left out where a field is missing that this does not allow to be. */
  readonly input: z.ZodObject & z.ZodType<From>;
  /** What it may set. */
  readonly output: z.ZodObject & z.ZodType<To>;
  /** Pure. Null or a field left out: nothing is set. */
  readonly apply: (from: From) => Partial<To> | null;
}

export type { KnownFieldValues };

/** `generate.audio` stands for itself and for `generate.audio.from-text`; `*` for every capability. */
export function capabilityMatches(pattern: string, capability: string): boolean {
  if (pattern === '*') return true;
  const stem = pattern.endsWith('.*') ? pattern.slice(0, -2) : pattern;
  return capability === stem || capability.startsWith(`${stem}.`);
}

/** Hides the types of a typed rule. */
export function fromTransformRule<From extends object, To extends object>(rule: TransformRule<From, To>): Rule {
  const reads = Object.keys(rule.input.shape);
  const sets = Object.keys(rule.output.shape);
  return {
    name: rule.name,
    help: rule.help,
    origin: 'registered',
    from: rule.from,
    to: rule.to,
    priority: rule.priority ?? 0,
    confidence: rule.confidence ?? 1,
    reads,
    sets,
    apply: (read) => {
      const present = reads.filter((name) => read(name) !== undefined);
      const input = rule.input.safeParse(Object.fromEntries(present.map((name) => [name, read(name)?.value])));
      if (!input.success) return [];
      const output = rule.output.partial().parse(rule.apply(input.data) ?? {}) as Record<string, JsonValue | undefined>;
      return sets.flatMap((field) => {
        const value = output[field];
        return value === undefined ? [] : [{ field, value, sources: present }];
      });
    },
  };
}
