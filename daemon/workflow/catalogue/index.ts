export {
  BUILT_IN_RANK,
  Capabilities,
  KNOWN_CAPABILITIES,
  type CapabilityRegistry,
  type CapabilityState,
  type PreferenceStore,
} from './capabilities.js';
export { openPreferences } from './preference-document.js';
export { BUILT_IN_STEPS, createStepCatalogue, discoverSteps, type StepCatalogue } from './step-catalogue.js';
export * from './step-definition.js';
