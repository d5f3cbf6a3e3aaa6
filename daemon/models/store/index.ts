export { FileModelStore, type KeptPart, type StoreProblem } from './file-model-store.js';
export { modelIdSchema } from './file-names.js';
export { MODEL_ROLES, type InstalledModel, type ModelRole, type ModelStore } from './installed-model.js';
export { KNOWN_MODELS, preferenceOf, type KnownModel } from './known-models.js';
export { LICENCES, type Licence } from './licences.js';
export type { Finding, ServerToProbe } from './model-doctor.js';
export { createModelLibrary, type ModelLibrary, type ModelLibraryOptions, type PullOptions, type Watched } from './model-library.js';
export type { ModelManifest } from './model-manifest.js';
