import type { JsonValue } from '../../kernel/index.js';
import type { RuleTrace } from '../hooks.js';

const MAXIMUM_CHARACTERS = 80;

export function shownValue(value: JsonValue): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAXIMUM_CHARACTERS ? `${text.slice(0, MAXIMUM_CHARACTERS - 1)}…` : text;
}

/** `guidance 3.1 by rule energy-to-guidance from energy 0.72 (analysis, confidence 0.8)` */
export function traceSentence({ field, value, by, rule, sources }: Omit<RuleTrace, 'sentence'>): string {
  const what = `${field} ${shownValue(value)}`;
  if (by === 'nothing') return `${field} is left open`;
  if (by === 'explicit') return `${what} as the workflow says`;
  const from = sources
    .map((source) => `${source.field} ${shownValue(source.value)} (${source.rank}, confidence ${shownValue(source.confidence)})`)
    .join(' and ');
  if (by === 'stated') return `${what} as stated (${sources[0]?.rank ?? 'default'}, confidence ${shownValue(sources[0]?.confidence ?? 1)})`;
  return `${what} by rule ${rule ?? ''}${from === '' ? '' : ` from ${from}`}`;
}
