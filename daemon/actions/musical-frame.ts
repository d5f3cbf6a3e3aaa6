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

/** The figures that daemon/models/prompt takes for a tempo or a metre, possible or not: what is impossible must be told, not replaced. */
const TEMPO_FIGURE = /\d\s*-?\s*(?:bpm|beats per minute)\b|\btempo(?:\s+of)?[\s:=]+-?\d/i;
const METRE_FIGURE = /(?<![\d/])-?\d{1,4}\/\d{1,4}(?![\d/])/;

/**
 * Prompt and parameters come first, then the tempo and metre of the host that the clip is for. `promptMetre` is what the prompt
 * alone reads as, since words such as "waltz" name a metre too. A genre's usual tempo yields to the host's.
 */
export function musicalFrame(
  prompt: string,
  asked: { readonly tempoBpm: number | undefined; readonly metre: Metre | undefined },
  bridge: BridgeInfo | null,
  promptMetre: Metre,
): MusicalFrame {
  const transport = bridge?.transport ?? null;
  const namesMetre = METRE_FIGURE.test(prompt) || promptMetre.numerator !== 4 || promptMetre.denominator !== 4;
  const tempoFrom = origin(asked.tempoBpm !== undefined, TEMPO_FIGURE.test(prompt), transport !== null);
  const metreFrom = origin(asked.metre !== undefined, namesMetre, transport !== null);
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
