import { z } from 'zod';
import type { BridgeInfo, LaunchWhen } from '../audio/index.js';
import { GrymError } from '../kernel/index.js';

/** One grammar on every surface, short enough to type and to put into an OSC message. */
const GRAMMAR = /^(?:quantise|now|beat|bars[ :](?<bars>\d{1,3})|bar[ :](?<bar>\d{1,6})|position[ :](?<position>\d{1,9}(?:\.\d+)?))$/;

export const launchWhenSchema = z
  .string()
  .regex(GRAMMAR, 'quantise, now, beat, "bars N" (the next line of N bars), "bar N" (the project\'s bar N) or "position Q" (quarter notes)')
  .default('quantise')
  .describe(
    'When: quantise (as the slot is set), now, beat, "bars N" (next line of N bars, 1 to 64), "bar N" (the project\'s bar number N, counted from 1), "position Q" (quarter notes from the start)',
  );

/** What the words mean for one bridge. A bar number counts bars of the project's present metre from its start. */
export function launchWhen(text: string, bridge: BridgeInfo): LaunchWhen {
  const groups = GRAMMAR.exec(text)?.groups ?? {};
  if (groups['bars'] !== undefined) return { kind: 'bars', bars: within(groups['bars'], 1, 64, 'bars') };
  if (groups['position'] !== undefined) return { kind: 'song-position', songQuarters: Number(groups['position']) };
  if (groups['bar'] !== undefined)
    return { kind: 'song-position', songQuarters: barStart(within(groups['bar'], 1, 999_999, 'bar'), bridge) };
  if (text === 'now') return { kind: 'now' };
  if (text === 'beat') return { kind: 'beat' };
  return { kind: 'slot-quantise' };
}

function within(digits: string, minimum: number, maximum: number, what: string): number {
  const value = Number(digits);
  if (value >= minimum && value <= maximum) return value;
  const problems = `when must be "${what} N" with N from ${minimum} to ${maximum}, got ${digits}.`;
  throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'launch', problems });
}

function barStart(bar: number, bridge: BridgeInfo): number {
  if (bridge.transport === null) throw new GrymError('GRYM_TRANSPORT_UNKNOWN', { bridge: bridge.name });
  const { numerator, denominator } = bridge.transport;
  return ((bar - 1) * numerator * 4) / denominator;
}
