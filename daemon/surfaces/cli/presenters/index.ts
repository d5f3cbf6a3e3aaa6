import type { ActionDeclaration } from '../../../actions/index.js';
import { presentBridges, presentCommand } from './bridges.js';
import { presentClips, presentGenerate, presentOneClip } from './clips.js';
import { presentContext, presentContextItems, presentRules } from './context.js';
import { presentFields } from './fields.js';
import { presentAdded, presentCheck, presentModels, presentPulled, presentRemoved } from './models.js';
import { presentOneProvider, presentPreference, presentProviders } from './providers.js';
import { presentPlan } from './plan.js';
import { presentDecisions, presentRun, presentRunDetail, presentRuns } from './runs.js';
import { presentStatus } from './status.js';
import { presentSteps, presentWorkflow, presentWorkflows } from './workflows.js';

/** A result as a person reads it. Results are parsed again: they may come from a daemon of another version. */
type Presenter = (result: unknown) => string;

const PRESENTERS: ReadonlyMap<string, Presenter> = new Map([
  ['generate', presentGenerate],
  ['list-clips', presentClips],
  ['list-bridges', presentBridges],
  ['list-runs', presentRuns],
  ['status', presentStatus],
  ['run-workflow', presentRun],
  ['ask', presentRun],
  ['plan', presentPlan],
  ['rerun', presentRun],
  ['decide', presentRun],
  ['show-run', presentRunDetail],
  ['list-decisions', presentDecisions],
  ['list-workflows', presentWorkflows],
  ['show-workflow', presentWorkflow],
  ['list-steps', presentSteps],
  ['list-providers', presentProviders],
  ['retry-provider', presentOneProvider],
  ['prefer-provider', presentPreference],
  ['show-context', presentContext],
  ['query-context', presentContextItems],
  ['list-context-rules', presentRules],
  ['list-models', presentModels],
  ['pull-model', presentPulled],
  ['add-model', presentAdded],
  ['remove-model', presentRemoved],
  ['check-models', presentCheck],
  ['launch', presentCommand],
  ['stop', presentCommand],
  ['keep', presentOneClip],
  ['reject', presentOneClip],
]);

export function present(action: Pick<ActionDeclaration, 'name'>, result: unknown): string {
  return (PRESENTERS.get(action.name) ?? presentFields)(result);
}
