import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../../kernel/index.js';
import type { CompiledWorkflow } from './compiled.js';

/** The canonical text of a definition: what a journal stores, and what its hash is of. */
export const definitionText = (compiled: CompiledWorkflow): string => canonicalJson(compiled as unknown as JsonObject);

export const definitionHash = (compiled: CompiledWorkflow): string => createHash('sha256').update(definitionText(compiled)).digest('hex');
