export type { GeneratedAudio, GenerateOptions, GenerateRequest, Generator, Metre } from './generator.js';
export { createProceduralGenerator, type ProceduralOptions } from './procedural-generator.js';
export { GENRES, INSTRUMENT_WORDS, WORDS, type MeasuredClaim, type MeasuredFeature, type WordEntry } from './prompt/index.js';
export { parsePrompt, type PromptReading } from './prompt/index.js';
