import type { BridgeDirectory, ClipLibrary } from '../audio/index.js';
import type { Clock } from '../kernel/index.js';
import type { Roles } from '../models/index.js';
import type { Database } from '../storage/index.js';
import type { PlannedRuns } from './planned-runs.js';
import type { Planning } from './planning.js';
import type { SlotJournal } from './slot-journal.js';
import type { SlotDelivery } from './slot-keeper.js';
import type { AudioStepServices } from './steps/shared/services.js';

/** What the built-in steps work with. A step's own `Services` type names the few of these that it needs. */
export interface StepServices extends Partial<AudioStepServices> {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly bridges: BridgeDirectory;
  readonly slots: SlotDelivery;
  readonly slotJournal: SlotJournal;
  /** Who fills which role now. */
  readonly roles: Roles;
  readonly clock: Clock;
  /** What plans may be made of. */
  readonly planning: Planning;
  /** Carries them out. */
  readonly plannedRuns: PlannedRuns;
  /** True soon after a start, while plugins are still on their way to the new daemon. */
  readonly bridgesMayReturn: () => boolean;
  readonly settings: {
    /** Rate of clips that are made for no bridge. */
    readonly sampleRate: number;
    readonly generateDeadlineMs: number;
    readonly slotDeadlineMs: number;
  };
}
