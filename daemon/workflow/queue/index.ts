export { FairStepQueue } from './fair-step-queue.js';
export type { QueuedStep, StepQueue } from './step-queue.js';
