import { z } from 'zod';
import { facts } from '../table.js';
import { ago, number } from './format.js';

const cacheView = z.object({ entries: z.number(), bytes: z.number(), maximumBytes: z.number(), hits: z.number(), misses: z.number() });

function cacheText({ entries, bytes, maximumBytes, hits, misses }: z.infer<typeof cacheView>): string {
  const megabytes = (value: number): string => number(value / 1_048_576);
  return `${entries} results, ${megabytes(bytes)} of ${megabytes(maximumBytes)} MB; ${hits} hits, ${misses} misses since the start`;
}

function queueText({ paused, queuedSteps, runningSteps }: { paused: boolean; queuedSteps: number; runningSteps: number }): string {
  const state = paused ? 'paused (go on: grym resume-queue)' : 'open';
  return `${state}; ${runningSteps} steps running, ${queuedSteps} waiting for their turn`;
}

const modelView = z.object({ modelId: z.string(), state: z.string(), residentBytes: z.number(), threads: z.number(), deaths: z.number() });
const delayView = z.object({ p99Ms: z.number(), maxMs: z.number() });

function modelText({ modelId, state, residentBytes, threads, deaths }: z.infer<typeof modelView>): string {
  const died = deaths === 0 ? '' : `, ended ${deaths} ${deaths === 1 ? 'time' : 'times'} by itself`;
  return `${modelId} ${state}, ${number(residentBytes / 1_048_576)} MB, ${threads} ${threads === 1 ? 'thread' : 'threads'}${died}`;
}

function eventLoopText({ sinceStart, lastMinute }: Record<'sinceStart' | 'lastMinute', z.infer<typeof delayView>>): string {
  const words = ({ p99Ms, maxMs }: z.infer<typeof delayView>): string => `p99 ${number(p99Ms)} ms, longest ${number(maxMs)} ms`;
  return `late by ${words(lastMinute)} in the last minute; ${words(sinceStart)} since the start`;
}

export function presentStatus(result: unknown): string {
  const status = z
    .object({
      daemonVersion: z.string(),
      processId: z.number(),
      port: z.number(),
      startedAtMs: z.number(),
      clients: z.number(),
      library: z.object({ folder: z.string(), clips: z.number() }),
      bridges: z.object({ connected: z.number(), absent: z.number(), withoutSegment: z.number(), lateCalls: z.number() }),
      runs: z.object({
        queued: z.number(),
        running: z.number(),
        waitingForBridge: z.number(),
        waitingForDecision: z.number(),
        stepTimes: z.array(z.object({ step: z.string(), count: z.number(), p50Ms: z.number(), p99Ms: z.number() })),
      }),
      queue: z.object({ paused: z.boolean(), queuedSteps: z.number(), runningSteps: z.number(), concurrentRuns: z.number() }),
      cache: cacheView,
      models: z.array(modelView),
      eventLoop: z.object({ sinceStart: delayView, lastMinute: delayView }),
    })
    .parse(result);
  const { bridges, runs, queue } = status;
  const times = runs.stepTimes.map(({ step, p50Ms, p99Ms, count }) => `${step} ${number(p50Ms)} / ${number(p99Ms)} ms (${count})`);
  return facts([
    ['daemon', `${status.daemonVersion}, process ${status.processId}, port ${status.port}, started ${ago(status.startedAtMs)}`],
    ['library', `${status.library.clips} ${status.library.clips === 1 ? 'clip' : 'clips'} in ${status.library.folder}`],
    [
      'bridges',
      `${bridges.connected} connected (${bridges.withoutSegment} without audio segment), ${bridges.absent} absent, ${bridges.lateCalls} late calls`,
    ],
    [
      'runs',
      `${runs.running} running, ${runs.queued} queued, ${runs.waitingForBridge} waiting for a bridge, ${runs.waitingForDecision} for a decision`,
    ],
    ['queue', queueText(queue)],
    ['cache', cacheText(status.cache)],
    ['models', status.models.length === 0 ? 'none is loaded' : status.models.map(modelText).join('; ')],
    ['event loop', eventLoopText(status.eventLoop)],
    ['step times', times.length === 0 ? '-' : `p50 / p99: ${times.join(', ')}`],
    ['clients', String(status.clients)],
  ]);
}
