import {
  CaptureReader,
  ClipTags,
  type AudioWorkshop,
  type BridgeDirectory,
  type CaptureSources,
  type ClipLibrary,
} from '../../../audio/index.js';
import type { RunContext } from '../../../context/index.js';
import type { Clock } from '../../../kernel/index.js';
import {
  createDescriptorDescriber,
  createDescriptorEmbedder,
  createTemplatePlanner,
  type Describer,
  type Embedder,
  type PlannableWorkflow,
  type Planner,
} from '../../../models/index.js';
import type { Database } from '../../../storage/index.js';
import type { Capabilities } from '../../catalogue/capabilities.js';

/** What the steps of this folder work with; part of the services that every step is given. */
export interface AudioStepServices {
  readonly library: ClipLibrary;
  readonly tags: ClipTags;
  readonly captures: CaptureReader;
  readonly workshop: AudioWorkshop;
  readonly embedder: Embedder;
  readonly describer: Describer;
  readonly planner: Planner;
  /** Workflows that may be planned. */
  readonly plannable: () => readonly PlannableWorkflow[];
  /** The context of an open run. */
  readonly contextOf: (runId: string) => Pick<RunContext, 'transform'>;
}

export interface AudioStepParts {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly bridges: Pick<BridgeDirectory, 'resolve'>;
  readonly captureSources: CaptureSources;
  readonly workshop: AudioWorkshop;
  readonly clock: Clock;
  readonly plannable: () => readonly PlannableWorkflow[];
  readonly contextOf: (runId: string) => Pick<RunContext, 'transform'>;
}

export function createAudioStepServices(parts: AudioStepParts): AudioStepServices {
  const { database, library, bridges, captureSources, workshop, clock, plannable, contextOf } = parts;
  return {
    ...{ library, workshop, plannable, contextOf },
    tags: new ClipTags(database, clock),
    captures: new CaptureReader(bridges, captureSources, clock),
    embedder: createDescriptorEmbedder(workshop),
    describer: createDescriptorDescriber(workshop),
    planner: createTemplatePlanner(),
  };
}

/** Who fulfils the capabilities of this folder's steps: all of it is built in. A capture without a bridge fails by that bridge's name. */
export function registerAudioProviders(
  capabilities: Pick<Capabilities, 'register'>,
  { workshop, embedder, describer, planner }: AudioStepServices,
): void {
  const { version } = workshop;
  for (const capability of ['analyse.audio', 'fit.audio', 'generate.audio.from-audio', 'generate.audio.continuation', 'export.audio']) {
    capabilities.register(capability, { provider: 'workshop', version });
  }
  for (const [capability, role] of [
    ['embed.audio', embedder],
    ['describe.audio', describer],
    ['plan.workflow', planner],
  ] as const) {
    capabilities.register(capability, { provider: role.provider, version: role.version });
  }
  capabilities.register('capture.audio', { provider: 'bridge', version: '1' });
}
