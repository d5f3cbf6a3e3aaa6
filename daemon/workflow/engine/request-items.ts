import type { BridgeInfo } from '../../audio/index.js';
import { KNOWN_FIELDS, type ContextRank, type NewContextItem } from '../../context/index.js';
import { isGrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import { parsePrompt } from '../../models/index.js';

export interface RequestFacts {
  readonly inputs: JsonObject;
  /** Inputs that were given; the others have the workflow's defaults. */
  readonly stated: ReadonlySet<string>;
  readonly seed: number;
  readonly bridge: BridgeInfo | null;
}

/** What a run's context begins with: the inputs that are known fields, and what the bridge's host says now. */
export function requestItems({ inputs, stated, seed, bridge }: RequestFacts): NewContextItem[] {
  const items: NewContextItem[] = [];
  const say = (field: string, value: JsonValue | undefined, rank: ContextRank): void => void items.push(...itemOf(field, value, rank));
  for (const [name, value] of Object.entries(inputs)) say(name, value, stated.has(name) ? 'request' : 'default');
  for (const [field, value] of Object.entries(promptFacts(inputs))) if (!stated.has(field)) say(field, value, 'request');
  if (!('seed' in inputs)) say('seed', seed, 'request');
  if (bridge === null) return items;
  say('bridge', bridge.bridgeId, 'host');
  say('sampleRate', bridge.sampleRate, 'host');
  say('tempoBpm', bridge.transport?.tempoBpm, 'host');
  say('metreNumerator', bridge.transport?.numerator, 'host');
  say('metreDenominator', bridge.transport?.denominator, 'host');
  return items;
}

/** Parameters that a person set for a step, where they are known fields. */
export function requestedFields(params: JsonObject): NewContextItem[] {
  return Object.entries(params).flatMap(([field, value]) => itemOf(field, value, 'request'));
}

/** None for what is no known field, or has no value that it can have. */
function itemOf(field: string, value: JsonValue | undefined, rank: ContextRank): NewContextItem[] {
  const known = Object.hasOwn(KNOWN_FIELDS, field) ? KNOWN_FIELDS[field as keyof typeof KNOWN_FIELDS] : undefined;
  if (known === undefined || value === undefined || value === null || !known.schema.safeParse(value).success) return [];
  return [{ category: known.category, field, value, rank }];
}

/** Tempo and metre that the prompt's own words state: they are as much a request as an input is, and come before the host's. */
function promptFacts({ prompt }: JsonObject): JsonObject {
  if (typeof prompt !== 'string') return {};
  try {
    const { stated, tempoBpm, metre } = parsePrompt({ prompt, seed: 0, sampleRate: 48_000 });
    const { numerator: metreNumerator, denominator: metreDenominator } = metre;
    return { ...(stated.tempo ? { tempoBpm } : {}), ...(stated.metre ? { metreNumerator, metreDenominator } : {}) };
  } catch (error) {
    // What is wrong with the prompt is told by the step that works with it.
    if (isGrymError(error)) return {};
    throw error;
  }
}
