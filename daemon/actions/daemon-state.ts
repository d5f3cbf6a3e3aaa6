import { z } from 'zod';
import { pluginFormatSchema, sha256Schema, slotStateSchema, wireErrorSchema } from '../../protocol/index.js';
import { OPEN_RUN_STATES, RUN_STATES, STEPS } from '../workflow/index.js';
import { defineAction } from './define-action.js';

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

export const runSchema = z.object({
  runId: z.string(),
  state: z.enum(RUN_STATES),
  step: z.enum(STEPS).nullable(),
  prompt: z.string(),
  seed: z.int(),
  bridgeId: z.string().nullable(),
  slot: z.int().nullable(),
  fraction: z.number(),
  stage: z.string(),
  clipHash: sha256Schema.nullable(),
  clipPath: z.string().nullable(),
  explanation: z.array(z.string()),
  resumptions: z.int(),
  submittedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  error: wireErrorSchema.nullable(),
  timings: z.array(z.object({ step: z.enum(STEPS), milliseconds: z.number() })),
});

export const listRunsAction = defineAction({
  name: 'list-runs',
  help: 'List the runs, newest first',
  params: z.strictObject({
    state: z
      .enum([...RUN_STATES, 'open'])
      .optional()
      .describe(`Only runs in this state; open = ${OPEN_RUN_STATES.join(', ')}`),
    limit: z.int().min(1).max(1_000).default(20).describe('At most so many'),
  }),
  result: z.strictObject({ runs: z.array(runSchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler: ({ workflow }, filter) => ({
    runs: workflow.list(filter).map((run) => ({ ...run, explanation: [...run.explanation], timings: [...run.timings] })),
  }),
});

export const cancelRunAction = defineAction({
  name: 'cancel-run',
  help: 'Cancel a run that has not ended',
  params: z.strictObject({ run: z.string().min(1).max(64).describe('Id of the run') }),
  result: z.strictObject({ runId: z.string(), cancelled: z.boolean() }),
  danger: 'destructive',
  performanceSafe: false,
  positional: ['run'],
  handler: ({ workflow }, { run }) => ({ runId: run, cancelled: workflow.cancel(run) }),
});

export const statusAction = defineAction({
  name: 'status',
  help: 'Show how the daemon is: library, bridges, runs',
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
      maximumWaitingRuns: z.int(),
      stepTimes: z.array(z.strictObject({ step: z.enum(STEPS), count: z.int(), p50Ms: z.number(), p99Ms: z.number() })),
    }),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ daemon, library, bridges, workflow }) {
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
