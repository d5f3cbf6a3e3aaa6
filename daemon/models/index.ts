export type { GeneratedAudio, GenerateOptions, GenerateRequest, Generator, Metre } from './generator.js';
export { createProceduralGenerator, type ProceduralOptions } from './procedural-generator.js';
export { GENRES, INSTRUMENT_WORDS, WORDS, type MeasuredClaim, type MeasuredFeature, type WordEntry } from './prompt/index.js';
export { parsePrompt, type PromptReading } from './prompt/index.js';
export {
  createDescriptorDescriber,
  DESCRIBER_WORDS,
  describeAnalysis,
  type DescribedWord,
  type Describer,
  type Description,
} from './describe.js';
export { createDescriptorEmbedder, similarityOf, type Embedder, type Embedding } from './embed.js';
export { createTemplatePlanner, type PlannableInput, type PlannableWorkflow, type Plan, type Planner, type PlanRequest } from './plan.js';
export { parseKey, type MusicalKey } from './prompt/index.js';
