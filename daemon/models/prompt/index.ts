export { GENRES, type GenreEntry } from './genres.js';
export { INSTRUMENT_WORDS, type InstrumentEntry, type InstrumentName } from './instruments.js';
export { parsePrompt, type PromptReading, type Statement } from './parse-prompt.js';
export { MODIFIERS, WORDS, type MeasuredClaim, type MeasuredFeature, type WordEntry } from './words.js';
export { parseKey, SCALES, type MusicalKey } from './musical-key.js';
export { findFacts, type StatedFacts } from './stated-facts.js';
