import type { BridgeDirectory, ClipLibrary } from '../audio/index.js';
import type { ContextParts } from '../context/index.js';
import type { ModelHosts, ModelLibrary } from '../models/index.js';
import type { MonitoringView } from '../monitoring/index.js';
import type { EventClass } from '../../protocol/index.js';
import type { Breakers } from '../recovery/index.js';
import type { CapabilityRegistry, SlotKeeper, StepCatalogue, Workflow } from '../workflow/index.js';

/** What only the process as a whole can tell or do. */
export interface DaemonControl {
  readonly version: string;
  readonly startedAtMs: number;
  readonly port: () => number;
  readonly clientCount: () => number;
  /** Default rate of clips that are made for no bridge. */
  readonly sampleRate: number;
  /** Begins the orderly stop soon after this returns, so that the reply still leaves. */
  requestStop(): void;
}

/** What the handlers of actions work with. */
export interface ActionServices {
  readonly bridges: BridgeDirectory;
  readonly library: ClipLibrary;
  readonly slots: SlotKeeper;
  readonly workflow: Workflow;
  readonly steps: StepCatalogue;
  readonly capabilities: CapabilityRegistry;
  /** Which providers rest after failures. */
  readonly breakers: Pick<Breakers, 'view' | 'endRest'>;
  readonly context: ContextParts;
  /** Installed models and those that can be. */
  readonly models: ModelLibrary;
  /** The processes in which they run. */
  readonly modelHosts: Pick<ModelHosts, 'views'>;
  readonly monitoring: MonitoringView;
  readonly daemon: DaemonControl;
  /** Tells whoever listens that something has changed. */
  readonly announce: (eventClass: EventClass, name: string, data: Readonly<Record<string, unknown>>) => void;
}
