import { audioLdmCheck } from './audioldm-check.js';
import type { ParityCheck } from './parity-check.js';

/** One for each kind of model that has reference tensors. */
export const PARITY_CHECKS: readonly ParityCheck[] = [audioLdmCheck];
