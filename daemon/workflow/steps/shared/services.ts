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
import { builtInRoles, Roles } from '../../../models/index.js';
import type { Database } from '../../../storage/index.js';
import { BUILT_IN_RANK, type Capabilities } from '../../catalogue/capabilities.js';

/** Name of the provider of all that native/dsp does with audio that is there. */
export const WORKSHOP = 'workshop';

/** What the steps of this folder work with; part of the services that every step is given. */
export interface AudioStepServices {
  readonly library: ClipLibrary;
  readonly tags: ClipTags;
  readonly captures: CaptureReader;
  readonly workshop: AudioWorkshop;
  /** Who generates, embeds, describes, plans and transcribes. */
  readonly roles: Roles;
  /** Name of the embedder that is preferred now; null where there is none. */
  readonly preferredEmbedder: () => string | null;
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
  /** Default: what is built in. */
  readonly roles?: Roles;
  /** Default: the first embedder of the roles. */
  readonly preferredEmbedder?: () => string | null;
  readonly contextOf: (runId: string) => Pick<RunContext, 'transform'>;
}

export function createAudioStepServices(parts: AudioStepParts): AudioStepServices {
  const { database, library, bridges, captureSources, workshop, clock, contextOf } = parts;
  const roles = parts.roles ?? new Roles(builtInRoles(workshop));
  return {
    ...{ library, workshop, roles, contextOf },
    preferredEmbedder: parts.preferredEmbedder ?? (() => roles.all('embedders')[0]?.provider ?? null),
    tags: new ClipTags(database, clock),
    captures: new CaptureReader(bridges, captureSources, clock),
  };
}

/** What each role can do, by the names that steps ask by. */
const CAPABILITIES_OF_ROLES = {
  embedders: 'embed.audio',
  describers: 'describe.audio',
  planners: 'plan.workflow',
  transcribers: 'transcribe.audio',
} as const;

/** Capability and provider, as the roles stand now, the preferred one first. */
function offers(roles: Roles): { capability: string; provider: string; version: string }[] {
  const simple = Object.entries(CAPABILITIES_OF_ROLES).flatMap(([role, capability]) =>
    roles.all(role as keyof typeof CAPABILITIES_OF_ROLES).map(({ provider, version }) => ({ capability, provider, version })),
  );
  const generators = roles
    .all('generators')
    .flatMap(({ provider, version, fromAudio, inpaint }) =>
      [
        'generate.audio.from-text',
        ...(fromAudio === undefined ? [] : ['generate.audio.from-audio']),
        ...(inpaint === undefined ? [] : ['generate.audio.continuation', 'generate.audio.inpaint']),
      ].map((capability) => ({ capability, provider, version })),
    );
  // Who is called as somebody before it, such as a model that was named after something built in, is left out.
  const seen = new Set<string>();
  return [...simple, ...generators].filter(({ capability, provider }) => {
    const name = `${capability} ${provider}`;
    return !seen.has(name) && seen.add(name);
  });
}

/**
 * Enters whoever fills a role now, and again whenever that changes: what is installed or configured stands before what is built in.
 * Returns the way to withdraw all of them.
 */
export function registerRoles(capabilities: Pick<Capabilities, 'register'>, roles: Roles): () => void {
  const withdrawals: (() => void)[] = [];
  const withdraw = (): void => withdrawals.splice(0).forEach((take) => take());
  const enter = (): void => {
    withdraw();
    // Each as it is made, so that all of them can be withdrawn whatever comes.
    for (const { capability, provider, version } of offers(roles)) {
      const rank = roles.isBuiltIn(provider) ? BUILT_IN_RANK : 0;
      withdrawals.push(capabilities.register(capability, { provider, version }, () => true, rank));
    }
  };
  enter();
  const stop = roles.onChange(enter);
  return () => {
    stop();
    withdraw();
  };
}

/** What the workshop and bridges do. A capture without a bridge fails by that bridge's name. */
export function registerAudioProviders(
  capabilities: Pick<Capabilities, 'register'>,
  { workshop }: Pick<AudioStepServices, 'workshop'>,
): void {
  const { version } = workshop;
  for (const capability of ['analyse.audio', 'fit.audio', 'generate.audio.from-audio', 'generate.audio.continuation', 'export.audio']) {
    capabilities.register(capability, { provider: WORKSHOP, version });
  }
  capabilities.register('capture.audio', { provider: 'bridge', version: '1' });
}
