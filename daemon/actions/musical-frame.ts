import type { BridgeInfo } from '../audio/index.js';
import type { Metre } from '../workflow/index.js';

export type Origin = 'parameter' | 'prompt' | 'host' | 'default';

/** What the clip is asked to fit, and who said so. Absent values are left to the generator's reading of the prompt. */
export interface MusicalFrame {
  readonly tempoBpm: number | undefined;
  readonly tempoFrom: Origin;
  readonly metre: Metre | undefined;
  readonly metreFrom: Origin;
}

const TEMPO_WORDS = /(?<![\d.,/])\d{2,3}(?:[.,]\d+)?\s*-?\s*(?:bpm|beats? per minute)\b/i;
const METRE_WORDS = /(?<![\d/])\d{1,2}\s*\/\s*(?:1|2|4|8|16|32)(?![\d/])/;

/** Prompt and parameters come first, then the tempo and metre of the host that the clip is for. */
export function musicalFrame(
  prompt: string,
  asked: { readonly tempoBpm: number | undefined; readonly metre: Metre | undefined },
  bridge: BridgeInfo | null,
): MusicalFrame {
  const transport = bridge?.transport ?? null;
  const tempoFrom = origin(asked.tempoBpm !== undefined, TEMPO_WORDS.test(prompt), transport !== null);
  const metreFrom = origin(asked.metre !== undefined, METRE_WORDS.test(prompt), transport !== null);
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
