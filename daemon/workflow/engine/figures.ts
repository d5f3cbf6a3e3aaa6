import type { QueueState, RunStatistics } from '../types.js';
import type { Dispatcher } from './dispatcher.js';
import type { RunJournal } from './run-journal.js';
import type { StepJournal } from './step-journal.js';

interface FigureParts {
  readonly runs: RunJournal;
  readonly steps: StepJournal;
  readonly dispatcher: Dispatcher;
  readonly concurrentRuns: number;
  readonly maximumWaitingRuns: number;
}

export function queueStateOf({ dispatcher, runs, concurrentRuns, maximumWaitingRuns }: FigureParts): QueueState {
  return {
    paused: runs.isQueuePaused(),
    queuedRuns: runs.count('queued'),
    queuedSteps: dispatcher.queuedSteps,
    runningSteps: dispatcher.runningSteps,
    concurrentRuns,
    maximumWaitingRuns,
  };
}

export function statisticsOf({ runs, steps, maximumWaitingRuns }: FigureParts): RunStatistics {
  return {
    queued: runs.count('queued'),
    running: runs.count('running'),
    waitingForBridge: runs.count('waiting-for-bridge'),
    waitingForDecision: runs.count('waiting-for-decision'),
    maximumWaitingRuns,
    stepTimes: steps.stepTimes(),
  };
}
