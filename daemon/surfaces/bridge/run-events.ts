import { runSummary } from '../../actions/index.js';
import type { RunRecord, Workflow } from '../../workflow/index.js';
import type { EventHub } from './event-hub.js';

/** Tells subscribers each step of the runs, the questions that they come to, and the clips that come of them. */
export function publishRuns(workflow: Workflow, events: EventHub): void {
  /** Path of the step whose question was told last, by run. */
  const asked = new Map<string, string>();
  workflow.onEvent(({ kind, run }) => {
    events.publish('runs', kind, runSummary(run));
    if (kind !== 'state') return;
    publishDecision(run, asked, events);
    if (run.clipHash !== null && (run.state === 'done' || run.state === 'library-only')) {
      events.publish('clips', 'made', { hash: run.clipHash, path: run.clipPath, runId: run.runId });
    }
  });
}

function publishDecision({ runId, workflow, title, waitingFor }: RunRecord, asked: Map<string, string>, events: EventHub): void {
  if (waitingFor?.kind !== 'decision') {
    asked.delete(runId);
    return;
  }
  if (asked.get(runId) === waitingFor.path) return;
  asked.set(runId, waitingFor.path);
  const { kind: _kind, ...decision } = waitingFor;
  events.publish('runs', 'decision', { runId, workflow, title, ...decision });
}
