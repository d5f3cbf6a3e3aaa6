import { SLOT_COUNT, type SlotReport } from '../../protocol/index.js';
import type { BridgeDirectory, ClipLibrary, SlotOffer } from '../audio/index.js';
import { failpoint, GrymError, isGrymError, withDeadline, type Clock } from '../kernel/index.js';
import type { JournalledSlotChange, SlotJournal } from './slot-journal.js';
import type { SlotChange, SlotKeeper } from './types.js';

export interface SlotDeliveryOptions {
  readonly journal: SlotJournal;
  readonly library: ClipLibrary;
  readonly bridges: BridgeDirectory;
  readonly clock: Clock;
  readonly slotDeadlineMs: number;
  /** Slots that open runs are to fill. */
  readonly promisedSlots: (bridgeId: string) => readonly number[];
}

type HeldSlot = Pick<SlotReport, 'slot' | 'state' | 'hash' | 'revision'>;

export function assertSlot(slot: number): void {
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOT_COUNT) throw new GrymError('GRYM_SLOT_INVALID', { slot });
}

/** Journals slot changes and has the bridges carry them out, one at a time for each slot, in the order of revisions. */
export class SlotDelivery implements SlotKeeper {
  /** The slots of each bridge as its directory had them after the last report. */
  private readonly held = new Map<string, readonly HeldSlot[]>();
  /** The highest revision that the journal knows each bridge to have reported. */
  private readonly reportedRevisions = new Map<string, number>();
  /** The last change under way for each slot; the next one waits for it. */
  private readonly tails = new Map<string, Promise<unknown>>();

  constructor(private readonly options: SlotDeliveryOptions) {
    options.journal.markInterrupted();
  }

  async load(bridgeId: string, slot: number, hash: string, signal: AbortSignal): Promise<SlotChange> {
    assertSlot(slot);
    const clip = this.options.library.reference(hash);
    return this.change({ bridgeId, slot, hash: clip.hash }, signal);
  }

  async clear(bridgeId: string, slot: number, signal: AbortSignal): Promise<SlotChange> {
    assertSlot(slot);
    return this.change({ bridgeId, slot, hash: null }, signal);
  }

  report(bridgeId: string, reports: readonly SlotReport[]): void {
    // A report may name some slots only; the directory knows all of them.
    const bridge = this.options.bridges.list().find((entry) => entry.bridgeId === bridgeId);
    this.held.set(bridgeId, bridge?.slots ?? reports);
    const revision = reports.reduce((highest, report) => Math.max(highest, report.revision), 0);
    const known = this.reportedRevisions.get(bridgeId);
    if (known !== undefined && revision <= known) return;
    this.reportedRevisions.set(bridgeId, revision);
    this.options.journal.seen(bridgeId, revision, this.options.clock.nowMs());
  }

  offers(bridgeId: string): SlotOffer[] {
    const latest = new Map<number, JournalledSlotChange>();
    for (const change of this.options.journal.changes(bridgeId)) {
      if (change.state === 'done' || change.state === 'interrupted') latest.set(change.slot, change);
    }
    const held = new Map((this.held.get(bridgeId) ?? []).map((entry) => [entry.slot, entry]));
    return [...latest.values()].flatMap(({ slot, hash, revision }) => {
      const current = held.get(slot);
      const isNewer = revision > (current?.revision ?? 0) && hash !== (current?.hash ?? null);
      return hash !== null && isNewer ? [{ slot, hash }] : [];
    });
  }

  nextFree(bridgeId: string): number {
    const taken = new Set(this.options.promisedSlots(bridgeId));
    const revisions = new Map<number, number>();
    for (const entry of this.held.get(bridgeId) ?? []) {
      if (entry.state !== 'empty') taken.add(entry.slot);
      revisions.set(entry.slot, entry.revision);
    }
    for (const { slot, hash, state, revision } of this.options.journal.changes(bridgeId)) {
      // On its way there, or on offer.
      if (hash !== null && state !== 'failed' && revision > (revisions.get(slot) ?? 0)) taken.add(slot);
    }
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) if (!taken.has(slot)) return slot;
    throw new GrymError('GRYM_SLOTS_FULL', { bridge: bridgeId });
  }

  /** Carries out a change that is in the journal already; once more does no harm. False where a later change has taken the slot. */
  async deliver(change: JournalledSlotChange, signal: AbortSignal): Promise<boolean> {
    const { journal } = this.options;
    // The journal has this revision already: the bridge's report of it needs no write of its own.
    const known = this.reportedRevisions.get(change.bridgeId);
    if (known !== undefined) this.reportedRevisions.set(change.bridgeId, Math.max(known, change.revision));
    return this.inTurn(`${change.bridgeId}/${change.slot}`, async () => {
      if (journal.isSuperseded(change.bridgeId, change.revision)) return false;
      try {
        await this.send(change, signal);
      } catch (error) {
        // An answer from the bridge is final; silence or absence is not, and the run decides.
        if (isGrymError(error, 'GRYM_SLOT_FAILED')) journal.fail(change.bridgeId, change.revision);
        throw error;
      }
      failpoint('slot.delivered');
      return true;
    });
  }

  private async change(wanted: { bridgeId: string; slot: number; hash: string | null }, signal: AbortSignal): Promise<SlotChange> {
    const { journal, clock } = this.options;
    const change = journal.assign({ ...wanted, runId: null, nowMs: clock.nowMs() });
    try {
      if (await this.deliver(change, signal)) journal.confirm(change.bridgeId, change.revision);
    } catch (error) {
      journal.fail(change.bridgeId, change.revision);
      throw error;
    }
    return { ...wanted, revision: change.revision };
  }

  private async send(change: JournalledSlotChange, signal: AbortSignal): Promise<void> {
    const { bridges, library, slotDeadlineMs } = this.options;
    const { bridgeId, slot, hash, revision } = change;
    const held = bridges
      .list()
      .find((bridge) => bridge.bridgeId === bridgeId && bridge.connected)
      ?.slots.find((entry) => entry.slot === slot);
    const settled = hash === null ? held?.state === 'empty' : held?.state === 'ready' && held.hash === hash;
    if (held?.revision === revision && settled) return;
    const what = `loading slot ${slot} of the bridge ${bridgeId}`;
    await withDeadline({ milliseconds: slotDeadlineMs, what, signal }, (deadline) =>
      hash === null
        ? bridges.clearSlot(bridgeId, slot, revision, deadline)
        : bridges.loadSlot(bridgeId, slot, library.reference(hash), revision, deadline),
    );
  }

  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const own = before.then(work, work);
    this.tails.set(key, own);
    try {
      return await own;
    } finally {
      if (this.tails.get(key) === own) this.tails.delete(key);
    }
  }
}
