import type { GenerateRequest } from '../generator.js';
import { findFacts, parseKey } from '../prompt/index.js';

export interface ModelWords {
  /** What the model is given to read. */
  readonly text: string;
  /** Null where none is asked for. */
  readonly key: string | null;
  /** What was added to the prompt's own words. */
  readonly added: readonly string[];
}

/**
 * The prompt as it is, with the tempo and the key of the request where the words do not say them. Where they say others, those words
 * are taken out: the request counts.
 */
export function wordsForModel(request: GenerateRequest): ModelWords {
  const facts = findFacts(request.prompt);
  const key = request.key === undefined ? null : parseKey(request.key).name;
  const contradicts =
    (request.tempoBpm !== undefined && facts.tempoBpm !== null && facts.tempoBpm !== request.tempoBpm) ||
    (key !== null && facts.key !== null && facts.key.name !== key);
  const tempoBpm = request.tempoBpm ?? facts.tempoBpm;
  const wanted = {
    tempo: tempoBpm !== null && (contradicts || facts.tempoBpm === null) ? [`${tempoBpm} bpm`] : [],
    key: (key ?? facts.key?.name) !== undefined && (contradicts || facts.key === null) ? [`in ${key ?? facts.key?.name ?? ''}`] : [],
  };
  const base = contradicts ? facts.rest.replaceAll(/(\s*,\s*)+/g, ', ').replaceAll(/^[\s,]+|[\s,]+$/g, '') : request.prompt.trim();
  const added = [...wanted.tempo, ...wanted.key];
  return { text: [base, ...added].filter((part) => part !== '').join(', '), key: key ?? facts.key?.name ?? null, added };
}
