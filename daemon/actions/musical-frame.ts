import type { BridgeInfo } from '../audio/index.js';
import type { PromptReading } from '../models/index.js';
import type { Metre } from '../workflow/index.js';

export type Origin = 'parameter' | 'prompt' | 'host' | 'default';

/** What the clip is asked to fit, and who said so. Absent values are left to the generator's reading of the prompt. */
export interface MusicalFrame {
  readonly tempoBpm: number | undefined;
  readonly tempoFrom: Origin;
  readonly metre: Metre | undefined;
  readonly metreFrom: Origin;
}

/**
 * Prompt and parameters come first, then the tempo and metre of the host that the clip is for. A genre's usual tempo yields to
 * the host's, so only what the prompt states counts.
 */
export function musicalFrame(
  stated: PromptReading['stated'],
  asked: { readonly tempoBpm: number | undefined; readonly metre: Metre | undefined },
  bridge: BridgeInfo | null,
): MusicalFrame {
  const transport = bridge?.transport ?? null;
  const tempoFrom = origin(asked.tempoBpm !== undefined, stated.tempo, transport !== null);
  const metreFrom = origin(asked.metre !== undefined, stated.metre, transport !== null);
  const hostMetre = transport === null ? undefined : { numerator: transport.numerator, denominator: transport.denominator };
  return {
    tempoFrom,
    tempoBpm: tempoFrom === 'host' ? transport?.tempoBpm : asked.tempoBpm,
    metreFrom,
    metre: metreFrom === 'host' ? hostMetre : asked.metre,
  };
}

function origin(byParameter: boolean, byPrompt: boolean, byHost: boolean): Origin {
  if (byParameter) return 'parameter';
  if (byPrompt) return 'prompt';
  return byHost ? 'host' : 'default';
}
