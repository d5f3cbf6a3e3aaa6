import { GrymError, type Disposable, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { AudioContext } from '../audio-context.js';
import type { NewContextItem } from '../context-item.js';
import type { RuleTrace, Transformed } from '../hooks.js';
import { knownField } from '../known-fields.js';
import { capabilityMatches, fromTransformRule, type Rule, type TransformRule } from './rule.js';
import { inOrderOfReading } from './rule-order.js';
import { traceSentence } from './trace-sentence.js';
import { Transformation } from './transformation.js';

export interface RuleSummary extends Omit<Rule, 'apply'> {
  /** How often it has set a field in this process. */
  readonly hits: number;
}

/** The rules there are, and what they make of a context. */
export class ContextTransformer {
  private ofFiles: readonly Rule[] = [];
  private replaced: ReadonlySet<string> = new Set();
  private readonly registered = new Map<string, Rule>();
  private readonly ordered = new Map<string, readonly Rule[]>();
  private readonly hits = new Map<string, number>();

  /** Adds a typed rule until it is disposed. Throws GRYM_CONTEXT_RULES_INVALID where its name is taken. */
  register<From extends object, To extends object>(rule: TransformRule<From, To>): Disposable {
    if (this.rules().some(({ name }) => name === rule.name)) {
      throw new GrymError('GRYM_CONTEXT_RULES_INVALID', { count: 1, problems: `There is a rule "${rule.name}" already.` });
    }
    const added = fromTransformRule(rule);
    this.registered.set(rule.name, added);
    this.ordered.clear();
    return {
      dispose: () => {
        if (this.registered.get(rule.name) !== added) return;
        this.registered.delete(rule.name);
        this.ordered.clear();
      },
    };
  }

  /** Takes the place of all rules of files. `replaced`: names of rules that are switched off. */
  useFileRules(rules: readonly Rule[], replaced: ReadonlySet<string>): void {
    this.ofFiles = rules;
    this.replaced = replaced;
    this.ordered.clear();
  }

  /** Those that may be applied. */
  rules(): RuleSummary[] {
    return this.active().map(({ apply: _apply, ...rule }) => ({ ...rule, hits: this.hits.get(rule.name) ?? 0 }));
  }

  /**
   * Parameters for a step of this capability: explicit ones stay, rules fill what is open. What the context states about a
   * field goes into a parameter only where a rule of this capability sets that field.
   */
  transform(view: AudioContext, toCapability: string, explicit: JsonObject, accepts?: readonly string[]): Transformed {
    const rules = this.rulesFor(toCapability);
    const transformation = new Transformation(view, explicit);
    for (const rule of rules) transformation.apply(rule);
    const targets = [...new Set([...rules.flatMap(({ sets }) => sets), ...transformation.fields()])].sort();
    const wanted = accepts === undefined ? null : new Set(accepts);
    const params: Record<string, JsonValue> = {};
    const traces = new Map<string, RuleTrace>();
    const items: NewContextItem[] = [];

    const take = (field: string): void => {
      const decision = traces.has(field) ? null : transformation.decide(field);
      if (decision === null) return;
      const { rank, ...said } = decision;
      const facts = { field, ...said };
      const trace = { ...facts, sentence: traceSentence(facts) };
      traces.set(field, trace);
      if (decision.by !== 'rule' || decision.rule === null) return;
      this.hits.set(decision.rule, (this.hits.get(decision.rule) ?? 0) + 1);
      const isCopy = decision.sources.some((source) => source.field === field && source.value === decision.value);
      if (!isCopy) {
        const category = knownField(field)?.category ?? 'generation-parameters';
        items.push({
          category,
          field,
          value: decision.value,
          rank,
          confidence: decision.confidence,
          rule: decision.rule,
          text: trace.sentence,
        });
      }
      // What a value was made of is part of the answer to "why".
      for (const source of decision.sources) if (targets.includes(source.field)) take(source.field);
    };
    for (const field of targets) {
      if (wanted !== null && !wanted.has(field)) continue;
      take(field);
      const trace = traces.get(field);
      if (trace?.by === 'rule' || trace?.by === 'stated') params[field] = trace.value;
    }
    return { params, items, trace: [...traces.values()] };
  }

  private active(): Rule[] {
    return [...this.ofFiles.filter(({ name }) => !this.replaced.has(name)), ...this.registered.values()];
  }

  private rulesFor(capability: string): readonly Rule[] {
    let rules = this.ordered.get(capability);
    if (rules === undefined) {
      rules = inOrderOfReading(this.active().filter(({ to }) => capabilityMatches(to, capability)));
      this.ordered.set(capability, rules);
    }
    return rules;
  }
}
