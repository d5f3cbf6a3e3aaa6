export { Capabilities, KNOWN_CAPABILITIES, type CapabilityRegistry, type CapabilityState } from './capabilities.js';
export { BUILT_IN_STEPS, createStepCatalogue, discoverSteps, type StepCatalogue } from './step-catalogue.js';
export * from './step-definition.js';
