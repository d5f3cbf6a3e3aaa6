import { z } from 'zod';
import type { Database } from '../storage/index.js';

const changeSchema = z
  .object({
    bridge_id: z.string(),
    revision: z.int(),
    slot: z.int(),
    hash: z.string().nullable(),
    state: z.enum(['pending', 'interrupted', 'done', 'failed']),
    run_id: z.string().nullable(),
  })
  .transform((row) => ({
    bridgeId: row.bridge_id,
    revision: row.revision,
    slot: row.slot,
    hash: row.hash,
    state: row.state,
    runId: row.run_id,
  }));
export type JournalledSlotChange = z.output<typeof changeSchema>;

/** Of a run: when it, or the run that it is part of, was asked for. */
const WISH = 'coalesce((SELECT whole.sequence FROM runs AS whole WHERE whole.run_id = run.part_of), run.sequence)';

/** The tables of bridges and of the changes to their slots. A bridge's revisions only rise. */
export class SlotJournal {
  constructor(private readonly database: Database) {}

  /** The bridge exists, and its own state has reached `revision`: later changes get higher ones. */
  seen(bridgeId: string, revision: number, nowMs: number): void {
    this.database.run(
      `INSERT INTO bridges (bridge_id, revision, last_seen_ms) VALUES (:bridgeId, :revision, :nowMs)
       ON CONFLICT (bridge_id) DO UPDATE SET revision = max(revision, :revision), last_seen_ms = :nowMs`,
      { bridgeId, revision, nowMs: Math.round(nowMs) },
    );
  }

  isKnown(bridgeId: string): boolean {
    return this.database.get('SELECT 1 FROM bridges WHERE bridge_id = :bridgeId', { bridgeId }) !== undefined;
  }

  /** Journals a change before it is sent. */
  assign(change: { bridgeId: string; slot: number; hash: string | null; runId: string | null; nowMs: number }): JournalledSlotChange {
    return this.database.transaction(() => {
      this.seen(change.bridgeId, 0, change.nowMs);
      const row = this.database.get('UPDATE bridges SET revision = revision + 1 WHERE bridge_id = :bridgeId RETURNING revision', {
        bridgeId: change.bridgeId,
      });
      const { revision } = z.object({ revision: z.int() }).parse(row);
      this.database.run(
        `INSERT INTO slot_changes (bridge_id, revision, slot, hash, state, run_id, at_ms)
         VALUES (:bridgeId, :revision, :slot, :hash, 'pending', :runId, :nowMs)`,
        { ...change, nowMs: Math.round(change.nowMs), revision },
      );
      return { ...change, revision, state: 'pending' };
    });
  }

  /** The bridge has confirmed the change; what it replaced is history and goes, so the table stays small. */
  confirm(bridgeId: string, revision: number): void {
    this.database.transaction(() => {
      this.database.run("UPDATE slot_changes SET state = 'done' WHERE bridge_id = :bridgeId AND revision = :revision", {
        bridgeId,
        revision,
      });
      this.database.run(
        `DELETE FROM slot_changes WHERE bridge_id = :bridgeId AND revision < :revision AND slot =
           (SELECT slot FROM slot_changes WHERE bridge_id = :bridgeId AND revision = :revision)`,
        { bridgeId, revision },
      );
    });
  }

  /** The change will not come true. Of a slot's failures only the last one is kept. */
  fail(bridgeId: string, revision: number): void {
    this.database.transaction(() => {
      this.database.run(
        `DELETE FROM slot_changes WHERE bridge_id = :bridgeId AND revision < :revision AND state = 'failed' AND slot =
           (SELECT slot FROM slot_changes WHERE bridge_id = :bridgeId AND revision = :revision)`,
        { bridgeId, revision },
      );
      this.database.run(
        "UPDATE slot_changes SET state = 'failed' WHERE bridge_id = :bridgeId AND revision = :revision AND state IN ('pending', 'interrupted')",
        { bridgeId, revision },
      );
    });
  }

  find(bridgeId: string, revision: number): JournalledSlotChange | undefined {
    const row = this.database.get('SELECT * FROM slot_changes WHERE bridge_id = :bridgeId AND revision = :revision', {
      bridgeId,
      revision,
    });
    return row === undefined ? undefined : changeSchema.parse(row);
  }

  /** Oldest first. */
  changes(bridgeId: string): JournalledSlotChange[] {
    return this.database
      .all('SELECT * FROM slot_changes WHERE bridge_id = :bridgeId ORDER BY revision', { bridgeId })
      .map((row) => changeSchema.parse(row));
  }

  /** Whether a later change to the same slot has been sent. */
  isSuperseded(bridgeId: string, revision: number): boolean {
    const later = this.database.get(
      `SELECT 1 FROM slot_changes AS later JOIN slot_changes AS own ON own.bridge_id = later.bridge_id AND own.slot = later.slot
       WHERE own.bridge_id = :bridgeId AND own.revision = :revision AND later.revision > :revision AND later.state IN ('done', 'interrupted')`,
      { bridgeId, revision },
    );
    return later !== undefined || this.find(bridgeId, revision) === undefined;
  }

  /** The change that a run has been given for a slot and a clip; a step that is run again sends it again. */
  ofRun(runId: string, wanted: { bridgeId: string; slot: number; hash: string }): JournalledSlotChange | undefined {
    const row = this.database.get(
      `SELECT * FROM slot_changes WHERE bridge_id = :bridgeId AND slot = :slot AND hash = :hash AND run_id = :runId
       ORDER BY revision DESC LIMIT 1`,
      { ...wanted, runId },
    );
    return row === undefined ? undefined : changeSchema.parse(row);
  }

  /**
   * Whether a run that was asked for later fills this slot already, is about to, or waits to: the latest wish wins. A run that is part
   * of another one is that one's wish.
   */
  isFilledByLaterRun(bridgeId: string, slot: number, runId: string): boolean {
    const later = this.database.get(
      `WITH own (wish, sequence) AS (SELECT ${WISH}, sequence FROM runs AS run WHERE run_id = :runId)
       SELECT 1 FROM slot_changes JOIN runs AS run ON run.run_id = slot_changes.run_id, own
       WHERE slot_changes.bridge_id = :bridgeId AND slot_changes.slot = :slot AND slot_changes.state IN ('pending', 'done')
         AND (${WISH}, run.sequence) > (own.wish, own.sequence)
       UNION ALL
       SELECT 1 FROM activations JOIN runs AS run ON run.sequence = activations.run, own
       WHERE activations.wait_key = :waitKey AND (${WISH}, run.sequence) > (own.wish, own.sequence)`,
      { bridgeId, slot, runId, waitKey: `${bridgeId}/${slot}` },
    );
    return later !== undefined;
  }

  /** At start: changes that no run will take up again and whose outcome nobody heard. */
  markInterrupted(): void {
    this.database.run("UPDATE slot_changes SET state = 'interrupted' WHERE state = 'pending' AND run_id IS NULL");
  }
}
