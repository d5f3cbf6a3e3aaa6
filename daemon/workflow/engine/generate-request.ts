import type { JsonValue } from '../../kernel/index.js';
import type { GenerateJob, RunRequest } from '../types.js';

/** The main job as a request of the built-in workflow `generate`. */
export function generateRequest(job: GenerateJob): RunRequest {
  const { prompt, seed, sampleRate, tempoBpm, bars, metre, key, target, whenBridgeAbsent, requestKey } = job;
  const given: Record<string, JsonValue | undefined> = {
    ...{ prompt, sampleRate, tempoBpm, bars, key, whenBridgeAbsent },
    metreNumerator: metre?.numerator,
    metreDenominator: metre?.denominator,
    slot: target === undefined || target.slot === 'next-free' ? undefined : target.slot,
  };
  const inputs = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
  return { workflow: 'generate', inputs, bridge: target?.bridge, seed, requestKey };
}
