export type { FromAudioRequest, GeneratedAudio, GenerateOptions, GenerateRequest, Generator, InpaintRequest, Metre } from './generator.js';
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
  type Heard,
} from './describe.js';
export { createDescriptorEmbedder, similarityOf, type Embedder, type Embedding } from './embed.js';
export {
  type PlanAttempt,
  type PlanFacts,
  type PlannableInput,
  type PlannableStep,
  type PlannableWorkflow,
  type Plan,
  type Planner,
  type PlanOptions,
  type PlanRequest,
  type Review,
} from './plan.js';
export { builtInRoles, Roles, type ProviderSource, type Role, type RoleProviders } from './roles.js';
export type { TranscribedWord, Transcriber, Transcription } from './transcribe.js';
export { parseKey, type MusicalKey } from './prompt/index.js';
export { RUNNER_KINDS, type RunnerKind } from './hosts/model-runner.js';
export * from './store/index.js';
export { HOST_STATES, type HostView, type ModelHosts } from './hosts/model-hosts.js';
export { createModels, type Models, type ModelsOptions } from './create-models.js';
export { createTemplatePlanner } from './planner/index.js';
