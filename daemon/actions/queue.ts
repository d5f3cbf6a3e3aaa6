import { z } from 'zod';
import type { CacheStatistics, QueueState } from '../workflow/index.js';
import { defineAction } from './define-action.js';

export const queueSchema = z.strictObject({
  /** Nothing new starts; what runs goes on to the end of its step. */
  paused: z.boolean(),
  queuedRuns: z.int(),
  /** Steps that wait for their turn, of all runs. */
  queuedSteps: z.int(),
  runningSteps: z.int(),
  concurrentRuns: z.int(),
  maximumWaitingRuns: z.int(),
});

export function queueResult(state: QueueState): z.output<typeof queueSchema> {
  const { paused, queuedRuns, queuedSteps, runningSteps, concurrentRuns, maximumWaitingRuns } = state;
  return { paused, queuedRuns, queuedSteps, runningSteps, concurrentRuns, maximumWaitingRuns };
}

export const pauseQueueAction = defineAction({
  name: 'pause-queue',
  help: 'Start nothing new until resume-queue: what runs ends its step, what is asked for waits; a restart changes nothing of it',
  params: z.strictObject({}),
  result: queueSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: [],
  handler: ({ workflow }) => queueResult(workflow.pauseQueue()),
});

export const resumeQueueAction = defineAction({
  name: 'resume-queue',
  help: 'Go on after pause-queue',
  params: z.strictObject({}),
  result: queueSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: [],
  handler: ({ workflow }) => queueResult(workflow.resumeQueue()),
});

export const cacheSchema = z.strictObject({
  entries: z.int(),
  bytes: z.int(),
  maximumBytes: z.int(),
  /** Since the daemon started. */
  hits: z.int(),
  misses: z.int(),
  evicted: z.int(),
});

export function cacheResult(statistics: CacheStatistics): z.output<typeof cacheSchema> {
  const { entries, bytes, maximumBytes, hits, misses, evicted } = statistics;
  return { entries, bytes, maximumBytes, hits, misses, evicted };
}

export const cacheStatisticsAction = defineAction({
  name: 'cache-statistics',
  help: 'Show how much of earlier results is kept for reuse, and how often that helped',
  params: z.strictObject({}),
  result: cacheSchema,
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler: ({ workflow }) => cacheResult(workflow.cacheStatistics()),
});
