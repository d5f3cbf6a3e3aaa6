import { audioLdmCheck } from './audioldm-check.js';
import { clapParity } from './clap-parity.js';
import type { ParityCheck } from './parity-check.js';
import { wav2vec2Parity } from './wav2vec2-parity.js';

/** One for each kind of model that has reference tensors. */
export const PARITY_CHECKS: readonly ParityCheck[] = [audioLdmCheck, clapParity, wav2vec2Parity];
