import type { Logger } from '../kernel/index.js';
import type { HostedModel } from './hosts/model-hosts.js';
import type { ProviderSource, RoleProviders } from './roles.js';
import { preferenceOf, type InstalledModel, type ModelStore } from './store/index.js';

/** What one installed model, or one server, fills. */
export type Filled = { readonly [Role in keyof RoleProviders]?: RoleProviders[Role][number] };

export interface InstalledProvidersOptions {
  readonly store: ModelStore;
  /** Addresses of graphs that other machines compute, by model. */
  readonly remoteGraphs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Of one model while it computes. */
  readonly threads: number;
  /** What a model fills; called once for each installed version of it. */
  readonly fill: (model: InstalledModel, hosted: HostedModel) => Filled;
  /** What configured servers fill; they stand before the models, since who names one wants it. */
  readonly servers: readonly Filled[];
  readonly logger: Pick<Logger, 'info'>;
}

/** What a model host loads for an installed model. */
export function hostedModel(model: InstalledModel, remoteGraphs: InstalledProvidersOptions['remoteGraphs']): HostedModel {
  const { id, version, kind, path, memoryBytes } = model;
  return { provider: id, modelId: id, version, kind, settings: { path, remoteGraphs: remoteGraphs.get(id) ?? {} }, memoryBytes };
}

function gathered(filled: readonly Filled[]): RoleProviders {
  const all = <Role extends keyof RoleProviders>(role: Role): RoleProviders[Role][number][] =>
    filled.flatMap((entry): RoleProviders[Role][number][] => {
      const provider = entry[role];
      return provider === undefined ? [] : [provider];
    });
  return {
    ...{ generators: all('generators'), embedders: all('embedders'), describers: all('describers') },
    ...{ planners: all('planners'), transcribers: all('transcribers') },
  };
}

/** Providers for the models that are installed now, each called as its model is, and for the servers that are configured. */
export class InstalledProviders implements ProviderSource {
  /** By id and version, so that a change makes new ones of what has changed only. */
  private made = new Map<string, { readonly model: InstalledModel; readonly filled: Filled }>();
  private providers: RoleProviders;
  private readonly listeners = new Set<() => void>();
  private readonly stopListening: () => void;

  constructor(private readonly options: InstalledProvidersOptions) {
    this.providers = this.gather();
    this.stopListening = options.store.onChange(() => {
      this.providers = this.gather();
      options.logger.info('The models that are installed have changed', { models: options.store.list().map(({ id }) => id) });
      for (const listener of this.listeners) listener();
    });
  }

  current(): RoleProviders {
    return this.providers;
  }

  threadsOf(provider: string): number | undefined {
    if ([...this.made.values()].some(({ model }) => model.id === provider)) return this.options.threads;
    const isServer = this.options.servers.some((filled) => Object.values(filled).some((entry) => entry.provider === provider));
    return isServer ? 0 : undefined;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    this.stopListening();
    this.listeners.clear();
  }

  private gather(): RoleProviders {
    const { store, fill, remoteGraphs, servers } = this.options;
    // The one that the catalogue prefers first: the larger planner, the newer ear.
    const models = [...store.list()].sort((a, b) => preferenceOf(a.id) - preferenceOf(b.id));
    const installed = models.map((model) => {
      const key = `${model.id} ${model.version}`;
      return [key, this.made.get(key) ?? { model, filled: fill(model, hostedModel(model, remoteGraphs)) }] as const;
    });
    this.made = new Map(installed);
    return gathered([...servers, ...[...this.made.values()].map(({ filled }) => filled)]);
  }
}
