import type { BridgeDirectory, ClipLibrary } from '../audio/index.js';
import type { Clock } from '../kernel/index.js';
import type { Generator } from '../models/index.js';
import type { Database } from '../storage/index.js';
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
  readonly generator: Generator;
  readonly clock: Clock;
  /** True soon after a start, while plugins are still on their way to the new daemon. */
  readonly bridgesMayReturn: () => boolean;
  readonly settings: {
    /** Rate of clips that are made for no bridge. */
    readonly sampleRate: number;
    readonly generateDeadlineMs: number;
    readonly slotDeadlineMs: number;
  };
}
