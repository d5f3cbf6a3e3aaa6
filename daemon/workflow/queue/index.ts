export type { QueuedStep, StepQueue } from './step-queue.js';
