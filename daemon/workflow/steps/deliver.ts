import { z } from 'zod';
import type { BridgeDirectory } from '../../audio/index.js';
import { failpoint, isGrymError, type Clock, type JsonObject } from '../../kernel/index.js';
import { defineStep, type WaitReason } from '../catalogue/step-definition.js';
import type { JournalledSlotChange, SlotJournal } from '../slot-journal.js';
import type { SlotDelivery } from '../slot-keeper.js';

interface DeliverServices {
  readonly bridges: BridgeDirectory;
  readonly slots: SlotDelivery;
  readonly slotJournal: SlotJournal;
  readonly clock: Clock;
  readonly bridgesMayReturn: () => boolean;
}

const inputSchema = z.strictObject({
  clip: z.string().min(1).describe('The clip, by its hash'),
  bridge: z.string().min(1).describe('Id of the bridge'),
  slot: z.int().min(0).max(15).optional().describe('Slot; else the next free one'),
  whenBridgeAbsent: z
    .enum(['wait', 'library-only'])
    .default('wait')
    .describe('What happens when the bridge is away: wait for it, or leave the clip in the library'),
});
type Input = z.output<typeof inputSchema>;

/** The slot change that was assigned for this step, once; a resumed step sends the same revision again. */
type Prepared = JsonObject & { readonly bridgeId: string; readonly slot: number; readonly hash: string; readonly revision: number };

function isConnected(bridges: BridgeDirectory, bridgeId: string): boolean {
  return bridges.list().some((bridge) => bridge.bridgeId === bridgeId && bridge.connected);
}

/** Step `deliver`: the clip in a slot of a bridge. The slot change is confirmed in the transaction that commits the result. */
export default defineStep({
  name: 'deliver',
  help: 'Loads a clip into a slot of a bridge',
  version: 1,
  input: inputSchema,
  output: z.strictObject({ delivered: z.boolean().describe('False where the clip stays in the library only') }),
  capability: null,
  idempotency: 'keyed',
  cacheable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.05 }),
  // The setting slotDeadlineSeconds bounds each load, up to 600 s; several loads of one slot go one after the other.
  deadlineMs: 3_600_000,
  prepare: (input, services: DeliverServices, { runId }): Prepared | null => {
    const { bridges, slotJournal, slots, clock } = services;
    const { bridge: bridgeId, clip: hash } = input;
    // A change is assigned when it can be sent: until then the project may bring newer ones.
    if (!isConnected(bridges, bridgeId)) return null;
    const slot = input.slot ?? slots.nextFree(bridgeId);
    if (slotJournal.isFilledByLaterRun(bridgeId, slot, runId)) return null;
    const known = slotJournal.ofRun(runId, { bridgeId, slot, hash });
    const { revision } = known ?? slotJournal.assign({ bridgeId, slot, hash, runId, nowMs: clock.nowMs() });
    return { bridgeId, slot, hash, revision };
  },
  run: async (input, services: DeliverServices, { runId, prepared, signal, progress }) => {
    const { slotJournal, slots } = services;
    const { bridge: bridgeId, slot } = input;
    if (slot !== undefined && slotJournal.isFilledByLaterRun(bridgeId, slot, runId)) return libraryOnly('a newer run fills the slot');
    if (prepared === null || !isConnected(services.bridges, bridgeId)) return absent(input, services);
    progress(0.5, 'loading the clip into the slot');
    failpoint('slot.assigned');
    try {
      const delivered = await slots.deliver(changeOf(prepared, slotJournal, runId), signal);
      return delivered ? { kind: 'done', output: { delivered } } : libraryOnly('a newer clip has taken the slot');
    } catch (error) {
      if (isGrymError(error, 'GRYM_BRIDGE_ABSENT')) return absent(input, services);
      throw error;
    }
  },
  commit: ({ delivered }, { slotJournal }, { prepared }) => {
    if (prepared !== null) {
      if (delivered) slotJournal.confirm(prepared.bridgeId, prepared.revision);
      else slotJournal.fail(prepared.bridgeId, prepared.revision);
    }
    failpoint('slot.committed');
  },
  abandon: (_input, { slotJournal }, { prepared }) => {
    if (prepared !== null) slotJournal.fail(prepared.bridgeId, prepared.revision);
  },
});

function libraryOnly(note: string) {
  return { kind: 'done' as const, output: { delivered: false }, libraryOnly: note };
}

function absent(input: Input, { bridgesMayReturn }: DeliverServices) {
  const onlyDuringGrace = input.whenBridgeAbsent === 'library-only';
  if (onlyDuringGrace && !bridgesMayReturn()) return libraryOnly('the bridge is not connected');
  const reason: WaitReason = { kind: 'bridge', bridgeId: input.bridge, slot: input.slot, onlyDuringGrace };
  return { kind: 'wait' as const, reason };
}

/** Gone from the journal means that a later change to this slot was confirmed. */
function changeOf(prepared: Prepared, slotJournal: SlotJournal, runId: string): JournalledSlotChange {
  const { bridgeId, slot, hash, revision } = prepared;
  return slotJournal.find(bridgeId, revision) ?? { bridgeId, slot, hash, revision, state: 'pending', runId };
}
