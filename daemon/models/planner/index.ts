export { createLlamaPlanner, type LlamaPlannerParts } from './llama-planner.js';
export { createServerPlanner, type ServerPlannerParts } from './server-planner.js';
export { createTemplatePlanner } from './templates-planner.js';
