import { z } from 'zod';
import type { BridgeDirectory, BridgeInfo } from '../audio/index.js';
import { GrymError, isGrymError, type JsonValue } from '../kernel/index.js';
import { parsePrompt, type PromptReading } from '../models/index.js';
import { RUN_STATES, type GenerateJob, type RunHandle, type RunRecord, type SubmitOptions, type Workflow } from '../workflow/index.js';
import { sampleRateSchema, tempoBpmSchema } from '../../protocol/index.js';
import { bridgeParameter, clipResult, clipSchema, slotParameter, slotPlaceSchema } from './common-schemas.js';
import type { Caller } from './declaration.js';
import { defineAction } from './define-action.js';
import { musicalFrame, type MusicalFrame, type Origin } from './musical-frame.js';
import type { ActionServices } from './services.js';
import { bridgeNames, defaultBridge } from './target-bridge.js';

const ORIGINS = ['parameter', 'prompt', 'host', 'default'] as const satisfies readonly Origin[];

const metreSchema = z
  .string()
  .regex(/^([1-9]|[1-5]\d|6[0-4])\/(1|2|4|8|16|32)$/, 'a metre such as 4/4, 7/8 or 3/16')
  .transform((text) => {
    const [numerator, denominator] = text.split('/').map(Number);
    return { numerator: numerator ?? 4, denominator: denominator ?? 4 };
  });

const paramsSchema = z.strictObject({
  prompt: z
    .string()
    .max(2_000)
    .regex(/\S/, 'words that describe the sound')
    .describe('What to make: instrument, mood, genre, tempo, bars, key, in plain words'),
  bridge: bridgeParameter,
  slot: z
    .union([slotParameter, z.literal('next-free')])
    .default('next-free')
    .describe('Slot 0 to 15 for the clip, or next-free'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('The same seed and prompt make the same clip, bit for bit'),
  candidates: z
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe('Make so many, 1 to 8, with seeds from the given one up, and take the one that fits the words best'),
  tempoBpm: tempoBpmSchema.optional().describe('Tempo, 20 to 400; else of the prompt, else of the host, else 120'),
  bars: z.int().min(1).max(64).optional().describe('Length in bars, 1 to 64; else of the prompt'),
  key: z.string().min(1).max(40).optional().describe('Key, such as "A minor"; else of the prompt'),
  metre: metreSchema.optional().describe('Metre, such as 7/8; else of the prompt, else of the host, else 4/4'),
  sampleRate: sampleRateSchema.optional().describe('Sample rate in Hz; else the rate of the bridge'),
  negativePrompt: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .describe('What it should not sound like; for models, which see: grym list-providers'),
  guidance: z
    .number()
    .min(0)
    .max(50)
    .optional()
    .describe('How closely a diffusion model follows the words, 0 to 50; up to 1 not, 2.5 usual'),
  diffusionSteps: z.int().min(1).max(1_000).optional().describe('Steps of a diffusion model, 1 to 1000; else its own'),
  eta: z.number().min(0).max(1).optional().describe('Chance in each step of a diffusion model, 0 to 1'),
  wait: z.boolean().default(true).describe('Wait for the clip; otherwise the reply only names the run'),
});
type Params = z.output<typeof paramsSchema>;

const resultSchema = z.strictObject({
  runId: z.string(),
  state: z.enum(RUN_STATES),
  seed: z.int(),
  /** Null where the request did not wait. */
  clip: clipSchema.nullable(),
  /** Where the clip is or will be; null where it stays in the library. */
  target: slotPlaceSchema.nullable(),
  tempoFrom: z.enum(ORIGINS),
  metreFrom: z.enum(ORIGINS),
  /** Why the clip is as it is (by the generator that made it) and where it went, one sentence each. */
  explanation: z.array(z.string()),
  timings: z.array(z.strictObject({ step: z.string(), milliseconds: z.number() })),
});
type Result = z.output<typeof resultSchema>;

export const generateAction = defineAction({
  name: 'generate',
  help: 'Make a clip from a prompt and put it into a slot',
  params: paramsSchema,
  result: resultSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: ['prompt...'],
  async handler(services, params, { signal, progress, caller }) {
    const { bridge, target, note } = chooseTarget(services, params, caller);
    const { prompt, seed, bars, key, sampleRate, wait } = params;
    const { tempoBpm, metre } = params;
    // Read here too, so that what cannot be is told before a run begins, and the result can say what the words did.
    const words = { prompt, seed: 0, sampleRate: services.daemon.sampleRate, bars, key };
    const frame = musicalFrame(parsePrompt({ ...words, tempoBpm, metre }).stated, { tempoBpm, metre }, bridge);
    const reading = readWithin(frame, words, bridge);
    const job: GenerateJob = {
      ...{ prompt, seed, bars, key, sampleRate, tempoBpm: frame.tempoBpm, metre: frame.metre },
      target: target === null ? undefined : { bridge: target, slot: params.slot },
    };
    const run = submit(services.workflow, job, params, wait ? { signal } : {});
    const stopListening = services.workflow.onEvent(({ run: { runId, fraction, stage } }) => {
      if (runId === run.runId) progress(fraction, stage);
    });
    try {
      // The run's failure is told by its record where nobody waits for it here.
      if (!wait) run.settled.catch(() => undefined);
      const record = wait ? await run.settled : services.workflow.get(run.runId);
      return describe(services, record, { frame, reading, bridge, note });
    } finally {
      stopListening();
    }
  },
});

/** The main job; or the same workflow with what only some requests say. */
function submit(workflow: Workflow, job: GenerateJob, params: Params, options: SubmitOptions): RunHandle {
  const { candidates, negativePrompt, guidance, diffusionSteps, eta } = params;
  const special = { negativePrompt, guidance, diffusionSteps, eta };
  if (candidates === 1 && Object.values(special).every((value) => value === undefined)) return workflow.submit(job, options);
  const { prompt, seed, bars, key, sampleRate, tempoBpm, metre, target } = job;
  const given: Record<string, JsonValue | undefined> = {
    ...{ prompt, candidates, bars, key, sampleRate, tempoBpm, ...special },
    metreNumerator: metre?.numerator,
    metreDenominator: metre?.denominator,
    slot: target === undefined || target.slot === 'next-free' ? undefined : target.slot,
  };
  const inputs = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
  return workflow.run({ workflow: 'generate', inputs, bridge: target?.bridge, seed }, options);
}

/** What only the host asks for and cannot be is not the user's mistake: the error names the host. */
function readWithin(frame: MusicalFrame, words: Parameters<typeof parsePrompt>[0], bridge: BridgeInfo | null): PromptReading {
  try {
    return parsePrompt({ ...words, tempoBpm: frame.tempoBpm, metre: frame.metre });
  } catch (error) {
    const bridgeName = bridge?.name ?? 'unknown';
    if (frame.tempoFrom === 'host' && isGrymError(error, 'GRYM_PROMPT_TEMPO_IMPOSSIBLE')) {
      const { tempo, minimum, maximum } = error.details;
      const details = { bridge: bridgeName, tempo: Number(tempo), minimum: Number(minimum), maximum: Number(maximum) };
      throw new GrymError('GRYM_HOST_TEMPO_UNUSABLE', details, { cause: error });
    }
    if (frame.metreFrom === 'host' && isGrymError(error, 'GRYM_PROMPT_METRE_IMPOSSIBLE')) {
      throw new GrymError('GRYM_HOST_METRE_UNUSABLE', { bridge: bridgeName, metre: String(error.details['metre']) }, { cause: error });
    }
    throw error;
  }
}

interface Target {
  readonly bridge: BridgeInfo | null;
  /** What the run is asked to deliver to; null = the library only. */
  readonly target: string | null;
  readonly note: string;
}

function chooseTarget({ bridges }: ActionServices, params: Params, caller: Caller): Target {
  if (params.bridge !== undefined) return namedTarget(bridges, params.bridge);
  const found = defaultBridge(bridges, caller);
  if (found.kind === 'one') return { bridge: found.bridge, target: found.bridge.bridgeId, note: '' };
  if (found.kind === 'none') {
    const note = 'No bridge is connected, so the clip is in the library only; put the plugin on a track, then: load <clip> <slot>.';
    return { bridge: null, target: null, note };
  }
  const names = bridgeNames(found.bridges);
  const note = `Several bridges are connected and none was named, so the clip is in the library only; load it with one of ${names}.`;
  return { bridge: null, target: null, note };
}

/** A bridge that this daemon has not seen yet may be one that the journal knows: the run can wait for it, and says so if it is none. */
function namedTarget(bridges: BridgeDirectory, name: string): Target {
  try {
    const bridge = bridges.resolve(name);
    return { bridge, target: bridge.bridgeId, note: '' };
  } catch (error) {
    if (!isGrymError(error, 'GRYM_BRIDGE_UNKNOWN')) throw error;
    return { bridge: null, target: name, note: '' };
  }
}

interface Background {
  readonly frame: MusicalFrame;
  readonly reading: PromptReading;
  readonly bridge: BridgeInfo | null;
  readonly note: string;
}

function describe(services: ActionServices, record: RunRecord, { frame, reading, bridge, note }: Background): Result {
  const clip = record.clipHash === null ? null : clipResult(services.library.get(record.clipHash));
  const delivered = record.state !== 'library-only' && bridge !== null && record.slot !== null;
  return {
    runId: record.runId,
    state: record.state,
    seed: record.seed,
    clip,
    target: delivered ? { bridgeId: bridge.bridgeId, bridge: bridge.name, slot: record.slot } : null,
    // Without a figure a genre or a mood may still set another tempo than the default.
    tempoFrom: frame.tempoFrom === 'default' && reading.tempoBpm !== 120 ? 'prompt' : frame.tempoFrom,
    metreFrom: frame.metreFrom,
    explanation: [...hostLines(frame, bridge), ...record.explanation, ...stateLines(record), ...(note === '' ? [] : [note])],
    timings: record.timings.map(({ step, milliseconds }) => ({ step, milliseconds })),
  };
}

function hostLines(frame: MusicalFrame, bridge: BridgeInfo | null): string[] {
  const taken = [frame.tempoFrom === 'host' ? 'tempo' : '', frame.metreFrom === 'host' ? 'metre' : ''].filter(Boolean);
  return taken.length === 0 || bridge === null
    ? []
    : [`The ${taken.join(' and ')} of ${bridge.name}'s host ${taken.length === 1 ? 'was' : 'were'} requested.`];
}

function stateLines({ state, stage }: RunRecord): string[] {
  if (state === 'waiting-for-bridge') return ['The clip is in the library and waits for its bridge to connect again.'];
  return state === 'library-only' ? [`${stage.charAt(0).toUpperCase()}${stage.slice(1)}.`] : [];
}
