import { GrymError, type Clock, type Logger } from '../../kernel/index.js';
import type { HostedModel, ModelHosts } from '../hosts/model-hosts.js';
import { addModel, type Added, type AddRequest } from './add-model.js';
import type { Patience } from './fetch-file.js';
import { type FileModelStore, type KeptPart, type StoreProblem } from './file-model-store.js';
import type { InstalledModel } from './installed-model.js';
import { KNOWN_MODELS, type HubSource, type KnownModel } from './known-models.js';
import { LICENCES, type Licence } from './licences.js';
import { ModelDoctor, type Finding, type ServerToProbe } from './model-doctor.js';
import type { ModelManifest } from './model-manifest.js';
import { pullModel, type Pulled } from './pull-model.js';

/** How a long operation tells how far it is, and hears that nobody waits for it any more. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, stage: string) => void;
}

/** What a user can do with models: all that the actions need. */
export interface ModelLibrary {
  readonly store: FileModelStore;
  readonly known: readonly KnownModel[];
  licenceOf(model: KnownModel): Licence;
  problems(): readonly StoreProblem[];
  kept(): readonly KeptPart[];
  manifest(id: string): ModelManifest | null;
  /** What installs a model that is known; the licence is left to be accepted. */
  installCommand(model: KnownModel): string;
  /** Throws GRYM_MODEL_EXPORT_NEEDED, GRYM_MODEL_LICENCE, and what `pullModel` throws. Null: it is installed already. */
  pull(model: KnownModel, options: PullOptions, watched: Watched): Promise<Pulled | null>;
  add(request: AddRequest, watched: Watched): Promise<Added>;
  /** Ends its hosts first, then removes its files, and what an interrupted pull has kept. Returns the bytes that became free. Throws GRYM_CANCELLED. */
  remove(id: string, signal?: AbortSignal): Promise<number>;
  examine(model: InstalledModel, watched: Watched): Promise<Finding>;
  readonly servers: readonly ServerToProbe[];
  ask(server: ServerToProbe, signal: AbortSignal): Promise<Finding>;
}

export interface PullOptions {
  /** The licence's name, as the user gave it; empty where none was. */
  readonly acceptLicence: string;
  /** Also where it is installed already. */
  readonly again: boolean;
}

export interface ModelLibraryOptions {
  readonly store: FileModelStore;
  readonly hosts: Pick<ModelHosts, 'call' | 'views' | 'whileUnloaded'>;
  /** What a host loads for an installed model. */
  readonly hosted: (model: InstalledModel) => HostedModel;
  /** Servers that are configured now. */
  readonly servers?: (() => readonly ServerToProbe[]) | undefined;
  /** Setting modelSource. */
  readonly source: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info'>;
  /** For tests. */
  readonly known?: readonly KnownModel[] | undefined;
  readonly patience?: Patience | undefined;
}

function isOnHub(model: KnownModel): model is KnownModel & { readonly source: HubSource } {
  return model.source.type === 'hub';
}

/** Makes graphs of published weights, in the folder where the user is. */
export function exportCommand({ id, kind, source }: KnownModel): string {
  return `uvx --from ./scripts/models grym-export-models ${kind} ${source.repository} --out ${id} --accept-licence`;
}

class LocalModelLibrary implements ModelLibrary {
  readonly store: FileModelStore;
  readonly known: readonly KnownModel[];
  private readonly doctor: ModelDoctor;

  constructor(private readonly options: ModelLibraryOptions) {
    const { store, hosts, hosted, clock, servers = () => [], known = KNOWN_MODELS } = options;
    this.store = store;
    this.known = known;
    this.doctor = new ModelDoctor({ store, hosts, hosted, servers, clock });
  }

  get servers(): readonly ServerToProbe[] {
    return this.doctor.servers;
  }

  licenceOf(model: KnownModel): Licence {
    return LICENCES[model.licence];
  }

  problems(): readonly StoreProblem[] {
    return this.store.problems();
  }

  kept(): readonly KeptPart[] {
    return this.store.kept();
  }

  manifest(id: string): ModelManifest | null {
    return this.store.manifest(id);
  }

  installCommand(model: KnownModel): string {
    if (model.source.type === 'export') return `${exportCommand(model)} && grym models add ${model.id}`;
    return `grym models pull ${model.id}`;
  }

  async pull(model: KnownModel, { acceptLicence, again }: PullOptions, { signal, progress }: Watched): Promise<Pulled | null> {
    if (this.store.manifest(model.id) !== null && !again) return null;
    if (!isOnHub(model)) {
      const details = { model: model.id, exportCommand: exportCommand(model), addCommand: `grym models add ${model.id}` };
      throw new GrymError('GRYM_MODEL_EXPORT_NEEDED', details);
    }
    this.requireLicence(model, acceptLicence);
    const { store, hosts, clock, patience, logger } = this.options;
    const source = this.options.source.replace(/\/+$/, '');
    const installing = (work: () => Promise<void>): Promise<void> => hosts.whileUnloaded(model.id, work, signal);
    const pulled = await pullModel({ store, source, clock, patience, signal, progress, installing }, model);
    logger.info(`The model ${model.id} is installed`, { bytes: pulled.fetchedBytes, licence: model.licence });
    return pulled;
  }

  private requireLicence(model: KnownModel, accepted: string): void {
    const { name, meaning, address } = this.licenceOf(model);
    if (accepted.toLowerCase() === name.toLowerCase()) return;
    const command = `grym models pull ${model.id} --accept-licence ${name}`;
    throw new GrymError('GRYM_MODEL_LICENCE', { model: model.id, licence: name, meaning, address, command });
  }

  async add(request: AddRequest, { signal, progress }: Watched): Promise<Added> {
    const { store, clock, logger } = this.options;
    const added = await addModel({ store, clock, signal, progress }, request);
    logger.info(`The model ${added.manifest.id} is installed`, { from: request.path });
    return added;
  }

  async remove(id: string, signal?: AbortSignal): Promise<number> {
    const { store, hosts, logger } = this.options;
    const kept = store.kept().find((part) => part.id === id)?.bytes ?? 0;
    const bytes = (store.manifest(id)?.files ?? []).reduce((sum, file) => sum + file.bytes, 0);
    const staging = await store.stage(id);
    try {
      await hosts.whileUnloaded(
        id,
        async () => {
          await staging.remove();
          store.refresh();
        },
        signal,
      );
    } finally {
      staging.dispose();
      store.refresh();
    }
    logger.info(`The model ${id} is removed`);
    return bytes + kept;
  }

  examine(model: InstalledModel, { signal, progress }: Watched): Promise<Finding> {
    return this.doctor.examine(model, signal, progress);
  }

  ask(server: ServerToProbe, signal: AbortSignal): Promise<Finding> {
    return this.doctor.ask(server, signal);
  }
}

export function createModelLibrary(options: ModelLibraryOptions): ModelLibrary {
  return new LocalModelLibrary(options);
}
