import { GrymError } from '../kernel/index.js';
import type { AudioWorkshop } from '../audio/index.js';
import { createDescriptorDescriber, type Describer } from './describe.js';
import { createDescriptorEmbedder, type Embedder } from './embed.js';
import type { Generator } from './generator.js';
import type { Planner } from './plan.js';
import { createTemplatePlanner } from './planner/index.js';
import type { Transcriber } from './transcribe.js';

/** What fills each role, the preferred one first. */
export interface RoleProviders {
  readonly generators: readonly Generator[];
  readonly embedders: readonly Embedder[];
  readonly describers: readonly Describer[];
  readonly planners: readonly Planner[];
  readonly transcribers: readonly Transcriber[];
}

/** Providers that come and go: installed models and configured servers. */
export interface ProviderSource {
  current(): RoleProviders;
  /** Threads that a provider takes beside the step's own need; 0 for one that only waits for an answer, undefined for one that is not known here. */
  threadsOf(provider: string): number | undefined;
  /** Returns the way to stop listening. */
  onChange(listener: () => void): () => void;
}

/** What is there without a model or a server. */
export function builtInRoles(workshop: Pick<AudioWorkshop, 'analyse' | 'version'>, generators: readonly Generator[] = []): RoleProviders {
  return {
    generators,
    embedders: [createDescriptorEmbedder(workshop)],
    describers: [createDescriptorDescriber(workshop)],
    planners: [createTemplatePlanner()],
    transcribers: [],
  };
}

export type Role = keyof RoleProviders;

const NOTHING: ProviderSource = {
  current: () => ({ generators: [], embedders: [], describers: [], planners: [], transcribers: [] }),
  threadsOf: () => undefined,
  onChange: () => () => undefined,
};

/**
 * Who fills which role now: what is installed or configured before what is built in. A provider is asked for by the name that was
 * chosen for a step (undefined: the preferred one); one that has gone since is GRYM_PROVIDER_GONE, and the step is tried with another one.
 */
export class Roles {
  constructor(
    private readonly builtIn: Partial<RoleProviders>,
    private readonly source: ProviderSource = NOTHING,
  ) {}

  all<Name extends Role>(role: Name): RoleProviders[Name] {
    const providers = [...this.source.current()[role], ...(this.builtIn[role] ?? [])];
    return providers as unknown as RoleProviders[Name];
  }

  isBuiltIn(provider: string): boolean {
    return Object.values(this.builtIn).some((providers) => providers.some((entry) => entry.provider === provider));
  }

  threadsOf(provider: string): number | undefined {
    return this.source.threadsOf(provider);
  }

  onChange(listener: () => void): () => void {
    return this.source.onChange(listener);
  }

  generator(provider: string | undefined): Generator {
    return this.find('generators', provider);
  }

  embedder(provider: string | undefined): Embedder {
    return this.find('embedders', provider);
  }

  describer(provider: string | undefined): Describer {
    return this.find('describers', provider);
  }

  planner(provider: string | undefined): Planner {
    return this.find('planners', provider);
  }

  transcriber(provider: string | undefined): Transcriber {
    return this.find('transcribers', provider);
  }

  private find<Name extends Role>(role: Name, provider: string | undefined): RoleProviders[Name][number] {
    const providers = this.all(role);
    const found = provider === undefined ? providers[0] : providers.find((entry) => entry.provider === provider);
    if (found === undefined) throw new GrymError('GRYM_PROVIDER_GONE', { provider: provider ?? 'none', role: role.slice(0, -1) });
    return found;
  }
}
