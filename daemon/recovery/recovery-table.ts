import type { ErrorCode, ErrorKind } from '../kernel/index.js';

/**
 * What can be done about a failure, mildest first.
 *
 * - `retry`: the same again after a delay that grows.
 * - `other-provider`: the same with the next provider of the capability.
 * - `smaller-settings`: the step with settings that need less, where it knows such.
 * - `wait`: once more after a long pause in which nothing is held.
 * - `ask`: a person decides, where the run may wait for one.
 * - `give-up`: the step fails.
 */
export const PROCEDURES = ['retry', 'other-provider', 'smaller-settings', 'wait', 'ask', 'give-up'] as const;
export type Procedure = (typeof PROCEDURES)[number];

export interface Backoff {
  readonly initialMs: number;
  readonly maximumMs: number;
}

export interface RecoveryPolicy {
  /** Failures with one provider and one set of settings until the procedures begin; 1 = no retries. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** Pauses of `wait`, in order; there are as many waits as entries. */
  readonly waitsMs: readonly number[];
  /** Whether the failure counts against the provider. What does not count leaves its breaker as it is. */
  readonly breaker: 'counts' | 'no-effect';
  /** Tried in this order once the attempts are used up. Ends in `give-up`. */
  readonly procedures: readonly Procedure[];
  /** Of the step where nothing helps. */
  readonly end: 'failed' | 'cancelled';
}

const QUICK: Backoff = { initialMs: 200, maximumMs: 5_000 };
const SLOW: Backoff = { initialMs: 1_000, maximumMs: 10_000 };

/** By the kind of the error. docs/reference/recovery.md is generated from this table, and a test drives each row. */
export const RECOVERY_BY_KIND = {
  transient: {
    attempts: 4,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'counts',
    procedures: ['other-provider', 'ask', 'give-up'],
    end: 'failed',
  },
  timeout: {
    attempts: 2,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'counts',
    procedures: ['other-provider', 'smaller-settings', 'ask', 'give-up'],
    end: 'failed',
  },
  resource: {
    attempts: 2,
    backoff: SLOW,
    waitsMs: [15_000, 60_000],
    breaker: 'no-effect',
    procedures: ['smaller-settings', 'other-provider', 'wait', 'ask', 'give-up'],
    end: 'failed',
  },
  'invalid-input': {
    attempts: 1,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'no-effect',
    procedures: ['give-up'],
    end: 'failed',
  },
  'model-fault': {
    attempts: 2,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'counts',
    procedures: ['other-provider', 'smaller-settings', 'ask', 'give-up'],
    end: 'failed',
  },
  cancelled: {
    attempts: 1,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'no-effect',
    procedures: ['give-up'],
    end: 'cancelled',
  },
  fatal: {
    attempts: 1,
    backoff: QUICK,
    waitsMs: [],
    breaker: 'counts',
    procedures: ['other-provider', 'give-up'],
    end: 'failed',
  },
} as const satisfies Record<ErrorKind, RecoveryPolicy>;

/** Errors for which their kind's way would be wrong, and why. */
export const RECOVERY_BY_CODE: Readonly<Partial<Record<ErrorCode, RecoveryPolicy & { readonly why: string }>>> = {
  GRYM_RESOURCE_IMPOSSIBLE: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['smaller-settings', 'other-provider', 'give-up'],
    why: 'it will never be free, so that waiting is of no use',
  },
  GRYM_RESOURCE_TIMEOUT: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['smaller-settings', 'other-provider', 'ask', 'give-up'],
    why: 'it has waited in line already; another provider may need less',
  },
  GRYM_LIBRARY_UNWRITABLE: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['ask', 'give-up'],
    why: 'every step needs the library, and only a person makes room on a full disk: better said at once than after a minute',
  },
  GRYM_CLIP_MISSING: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['ask', 'give-up'],
    why: 'a file that is gone does not come back by itself, whoever reads it',
  },
  GRYM_SLOT_FAILED: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['ask', 'give-up'],
    why: 'the answer of the plugin is final; the clip is safe in the library, and whoever asked is told at once',
  },
  GRYM_CAPABILITY_UNAVAILABLE: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    procedures: ['wait', 'ask', 'give-up'],
    why: 'nobody is there to do it, with whatever settings; the provider went away after the run had begun, and may come back',
  },
  GRYM_BRIDGE_ABSENT: {
    ...RECOVERY_BY_KIND.transient,
    breaker: 'no-effect',
    procedures: ['ask', 'give-up'],
    why: 'one bridge that is away says nothing about the others that the provider serves',
  },
  GRYM_BRIDGE_NOT_PROCESSING: {
    ...RECOVERY_BY_KIND.transient,
    breaker: 'no-effect',
    procedures: ['ask', 'give-up'],
    why: 'the host of one bridge stands still; the others are not concerned',
  },
  GRYM_CAPTURE_STALLED: {
    ...RECOVERY_BY_KIND.timeout,
    breaker: 'no-effect',
    procedures: ['ask', 'give-up'],
    why: 'the host of one bridge stands still; the others are not concerned',
  },
  GRYM_CAPTURE_UNREADABLE: {
    ...RECOVERY_BY_KIND.transient,
    breaker: 'no-effect',
    procedures: ['ask', 'give-up'],
    why: 'the segment of one bridge is at fault; the others are not concerned',
  },
  GRYM_CAPTURE_GONE: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['give-up'],
    why: 'frames that were overwritten never come back',
  },
  GRYM_CAPTURE_OFF: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [],
    procedures: ['ask', 'give-up'],
    why: 'only a person makes room for the capture and loads the plugin again',
  },
  GRYM_RUN_DEADLINE: {
    ...RECOVERY_BY_KIND.timeout,
    attempts: 1,
    breaker: 'no-effect',
    procedures: ['give-up'],
    why: 'the run was to be on time or not at all, and that the time was short is not the fault of the provider',
  },
  GRYM_MODEL_FOLDER_INVALID: {
    ...RECOVERY_BY_KIND['model-fault'],
    attempts: 1,
    procedures: ['other-provider', 'ask', 'give-up'],
    why: 'the files of the model are at fault and not the request; they stay as they are until a person installs them again',
  },
  GRYM_MODEL_TASK_INVALID: {
    ...RECOVERY_BY_KIND['invalid-input'],
    procedures: ['other-provider', 'give-up'],
    why: 'one model cannot do it, such as a clip that is too long for it; another provider may',
  },
  GRYM_MODEL_HOST_RESTING: {
    ...RECOVERY_BY_KIND.resource,
    attempts: 1,
    waitsMs: [30_000],
    procedures: ['other-provider', 'wait', 'ask', 'give-up'],
    why: 'nothing was tried: its process has died too often; it is started again after half a minute',
  },
  GRYM_PROVIDER_GONE: {
    ...RECOVERY_BY_KIND.transient,
    attempts: 1,
    breaker: 'no-effect',
    procedures: ['other-provider', 'ask', 'give-up'],
    why: 'its model was removed, so that it does not come back by itself',
  },
  GRYM_SERVER_REFUSED: {
    ...RECOVERY_BY_KIND['invalid-input'],
    breaker: 'counts',
    procedures: ['other-provider', 'ask', 'give-up'],
    why: 'address, model or key of the configuration are at fault and not the request',
  },
  GRYM_SERVER_GRAPH_UNSUITABLE: {
    ...RECOVERY_BY_KIND['invalid-input'],
    breaker: 'counts',
    procedures: ['other-provider', 'ask', 'give-up'],
    why: 'the server has another graph than the model needs, whatever is asked',
  },
  GRYM_SERVER_NO_AUDIO: {
    ...RECOVERY_BY_KIND['model-fault'],
    attempts: 1,
    procedures: ['other-provider', 'ask', 'give-up'],
    why: 'a model that takes no audio takes none at the second attempt either',
  },
  GRYM_PROVIDER_RESTING: {
    ...RECOVERY_BY_KIND.transient,
    attempts: 1,
    breaker: 'no-effect',
    waitsMs: [120_000],
    procedures: ['other-provider', 'wait', 'ask', 'give-up'],
    why: 'nothing was tried: the breaker is open. The wait ends as soon as the provider may be tried again, at the latest after 2 minutes',
  },
};

export function recoveryPolicy(code: ErrorCode, kind: ErrorKind): RecoveryPolicy {
  return RECOVERY_BY_CODE[code] ?? RECOVERY_BY_KIND[kind];
}

/** Starts of one step that a death of the daemon may end before the step is given up. */
export const MAXIMUM_INTERRUPTIONS = 10;
/** How often a step's settings are made smaller. */
export const MAXIMUM_REDUCTIONS = 3;
