import type { Workflow } from '../../workflow/index.js';
import type { EventHub } from './event-hub.js';

/** Tells subscribers each step of the runs, and the clips that come of them. */
export function publishRuns(workflow: Workflow, events: EventHub): void {
  workflow.onEvent(({ kind, run }) => {
    events.publish('runs', kind, { ...run });
    if (kind === 'state' && run.clipHash !== null && (run.state === 'done' || run.state === 'library-only')) {
      events.publish('clips', 'made', { hash: run.clipHash, path: run.clipPath, runId: run.runId });
    }
  });
}
