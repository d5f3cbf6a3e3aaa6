import type { BridgeDirectory, BridgeInfo } from '../audio/index.js';
import { isGrymError, newRunId, newSeed, type Clock } from '../kernel/index.js';
import type { NewRun } from './run-journal.js';
import type { SlotJournal } from './slot-journal.js';
import { assertSlot, type SlotDelivery } from './slot-keeper.js';
import type { GenerateJob, SlotTarget } from './types.js';

/** A bridge at a higher rate gets clips at this one; the plugin's loader resamples them. */
const HIGHEST_CLIP_SAMPLE_RATE = 192_000;

export interface AcceptanceParts {
  readonly bridges: BridgeDirectory;
  readonly slotJournal: SlotJournal;
  readonly slots: SlotDelivery;
  readonly clock: Clock;
  readonly defaultSampleRate: number;
}

/** Completes a job with all that the run's result depends on: seed, sample rate, bridge and slot. */
export function completeJob(job: GenerateJob, parts: AcceptanceParts): NewRun {
  const target = job.target === undefined ? null : resolveTarget(job.target, parts);
  const { prompt, tempoBpm, bars, metre, key } = job;
  const bridgeRate = target?.info ? Math.min(target.info.sampleRate, HIGHEST_CLIP_SAMPLE_RATE) : undefined;
  const submittedAtMs = parts.clock.nowMs();
  return {
    runId: newRunId(submittedAtMs),
    requestKey: job.requestKey ?? null,
    job: {
      prompt,
      seed: job.seed ?? newSeed(),
      sampleRate: job.sampleRate ?? bridgeRate ?? parts.defaultSampleRate,
      whenBridgeAbsent: job.whenBridgeAbsent ?? 'wait',
      ...(tempoBpm !== undefined && { tempoBpm }),
      ...(bars !== undefined && { bars }),
      ...(metre !== undefined && { metre }),
      ...(key !== undefined && { key }),
    },
    bridgeId: target?.bridgeId ?? null,
    slot: target?.slot ?? null,
    submittedAtMs,
  };
}

function resolveTarget(target: SlotTarget, parts: AcceptanceParts): { bridgeId: string; slot: number; info: BridgeInfo | null } {
  if (target.slot !== 'next-free') assertSlot(target.slot);
  const info = findBridge(target.bridge, parts);
  const bridgeId = info?.bridgeId ?? target.bridge;
  const slot = target.slot === 'next-free' ? parts.slots.nextFree(bridgeId) : target.slot;
  return { bridgeId, slot, info };
}

/** Null for a bridge that is not there now, but has been: a run may wait for it. */
function findBridge(nameOrId: string, { bridges, slotJournal }: AcceptanceParts): BridgeInfo | null {
  try {
    return bridges.resolve(nameOrId);
  } catch (error) {
    if (isGrymError(error, 'GRYM_BRIDGE_UNKNOWN') && slotJournal.isKnown(nameOrId)) return null;
    throw error;
  }
}
