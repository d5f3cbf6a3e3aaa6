import { z } from 'zod';
import { pluginFormatSchema, sha256Schema, slotStateSchema } from '../../protocol/index.js';
import { HOST_STATES } from '../models/index.js';
import type { EventLoopView } from '../monitoring/index.js';
import { defineAction } from './define-action.js';
import { cacheSchema, cacheResult, queueResult, queueSchema } from './queue.js';

const loopDelaySchema = z.strictObject({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() });

function eventLoopResult({ sinceStart, lastMinute, blocks }: EventLoopView): {
  sinceStart: z.output<typeof loopDelaySchema>;
  lastMinute: z.output<typeof loopDelaySchema>;
  blocks: { name: string; count: number; longestMs: number }[];
} {
  return { sinceStart: { ...sinceStart }, lastMinute: { ...lastMinute }, blocks: blocks.map((block) => ({ ...block })) };
}

const bridgeSchema = z.strictObject({
  bridgeId: z.string(),
  name: z.string(),
  host: z.string(),
  track: z.string(),
  format: pluginFormatSchema,
  connected: z.boolean(),
  sampleRate: z.number(),
  maximumBlock: z.int(),
  transport: z
    .strictObject({ playing: z.boolean(), songQuarters: z.number(), tempoBpm: z.number(), numerator: z.int(), denominator: z.int() })
    .nullable(),
  slots: z.array(
    z.strictObject({
      slot: z.int(),
      state: slotStateSchema,
      hash: sha256Schema.nullable(),
      clipName: z.string().nullable(),
      playback: z.enum(['stopped', 'armed', 'playing', 'paused', 'unknown']),
      offTempo: z.boolean(),
      revision: z.int(),
      problem: z.string().nullable(),
    }),
  ),
  segment: z.string().nullable(),
  segmentProblem: z.string().nullable(),
  lateCalls: z.int(),
  reconnects: z.int(),
  offers: z.array(z.strictObject({ slot: z.int(), hash: sha256Schema })),
});

export const listBridgesAction = defineAction({
  name: 'list-bridges',
  help: 'List the bridges: tracks, transport, slots, offers, problems',
  params: z.strictObject({}),
  result: z.strictObject({ bridges: z.array(bridgeSchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler: ({ bridges }) => ({
    bridges: bridges.list().map((bridge) => ({ ...bridge, slots: [...bridge.slots], offers: [...bridge.offers] })),
  }),
});

export const statusAction = defineAction({
  name: 'status',
  help: 'Show how the daemon is: library, bridges, runs, queue, cache',
  params: z.strictObject({}),
  result: z.strictObject({
    daemonVersion: z.string(),
    processId: z.int(),
    port: z.int(),
    startedAtMs: z.number(),
    clients: z.int(),
    library: z.strictObject({ folder: z.string(), clips: z.int() }),
    bridges: z.strictObject({ connected: z.int(), absent: z.int(), withoutSegment: z.int(), lateCalls: z.int() }),
    runs: z.strictObject({
      queued: z.int(),
      running: z.int(),
      waitingForBridge: z.int(),
      waitingForDecision: z.int(),
      maximumWaitingRuns: z.int(),
      stepTimes: z.array(z.strictObject({ step: z.string(), count: z.int(), p50Ms: z.number(), p99Ms: z.number() })),
    }),
    queue: queueSchema,
    cache: cacheSchema,
    /** One entry for each process in which a model runs or rests. */
    models: z.array(
      z.strictObject({
        modelId: z.string(),
        state: z.enum(HOST_STATES),
        processId: z.int().nullable(),
        residentBytes: z.number(),
        threads: z.int(),
        idleMs: z.number(),
        tasksDone: z.int(),
        deaths: z.int(),
        lastError: z.string(),
      }),
    ),
    /** How late the daemon's event loop was, in milliseconds. */
    eventLoop: z.strictObject({
      sinceStart: loopDelaySchema,
      lastMinute: loopDelaySchema,
      /** Work on models that held it up for more than 20 ms. */
      blocks: z.array(z.strictObject({ name: z.string(), count: z.int(), longestMs: z.number() })),
    }),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ daemon, library, bridges, workflow, modelHosts, monitoring }) {
    const all = bridges.list();
    const connected = all.filter((bridge) => bridge.connected);
    const { stepTimes, ...counts } = workflow.statistics();
    return {
      daemonVersion: daemon.version,
      processId: process.pid,
      port: daemon.port(),
      startedAtMs: daemon.startedAtMs,
      clients: daemon.clientCount(),
      library: { folder: library.folder, clips: library.count() },
      bridges: {
        connected: connected.length,
        absent: all.length - connected.length,
        withoutSegment: connected.filter((bridge) => bridge.segment === null).length,
        lateCalls: connected.reduce((sum, bridge) => sum + bridge.lateCalls, 0),
      },
      runs: { ...counts, stepTimes: [...stepTimes] },
      queue: queueResult(workflow.queueState()),
      cache: cacheResult(workflow.cacheStatistics()),
      models: modelHosts.views().map(({ provider: _provider, ...view }) => view),
      eventLoop: eventLoopResult(monitoring.eventLoop()),
    };
  },
});

export const shutdownAction = defineAction({
  name: 'shutdown',
  help: 'Stop the daemon; clips that are loaded in the host play on, open runs continue at the next start',
  params: z.strictObject({}),
  result: z.strictObject({ processId: z.int() }),
  danger: 'destructive',
  performanceSafe: false,
  positional: [],
  handler({ daemon }) {
    daemon.requestStop();
    return { processId: process.pid };
  },
});
