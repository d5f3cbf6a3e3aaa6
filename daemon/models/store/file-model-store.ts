import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isGrymError, type Logger } from '../../kernel/index.js';
import { asWriteError } from './durable-files.js';
import { modelIdSchema, reservedIdProblem } from './file-names.js';
import type { InstalledModel, ModelStore } from './installed-model.js';
import { installedModel, readManifest, sizeProblem, type ModelManifest } from './model-manifest.js';
import { Staging } from './staging.js';

/** A folder that is no whole model. */
export interface StoreProblem {
  readonly id: string;
  readonly folder: string;
  /** Completes "… cannot be used: <reason>.". */
  readonly reason: string;
}

/** What an interrupted pull has kept. */
export interface KeptPart {
  readonly id: string;
  readonly bytes: number;
}

/** Models as folders: `<model folder>/<id>/` with `grym-model.json` beside the files that it names. */
export class FileModelStore implements ModelStore {
  private readonly listeners = new Set<() => void>();
  /** Ids and versions at the last announcement. */
  private known = '';

  private constructor(
    readonly folder: string,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Ends what processes that died had begun: an installation that had been decided is completed, any other is undone, what was fetched stays for
   * the next pull. A folder that is not there yet is made by the first installation.
   */
  static async open(folder: string, logger: Pick<Logger, 'warn'>): Promise<FileModelStore> {
    const store = new FileModelStore(folder, logger);
    for (const id of Staging.ids(folder)) {
      if (Staging.isUnfinished(folder, id)) await store.finish(id);
    }
    store.known = store.fingerprint();
    for (const { id, reason } of store.problems()) logger.warn(`The model ${id} cannot be used: ${reason}.`);
    return store;
  }

  private async finish(id: string): Promise<void> {
    try {
      (await Staging.open(this.folder, id)).dispose();
    } catch (error) {
      // Another daemon is at work on it: not a leftover then.
      if (isGrymError(error, 'GRYM_MODEL_BUSY')) return;
      this.logger.warn(`What was left of installing the model ${id} could not be cleared away`, { error });
    }
  }

  list(): readonly InstalledModel[] {
    return this.ids().flatMap((id) => {
      const found = this.look(id);
      return typeof found === 'string' ? [] : [installedModel(join(this.folder, id), found)];
    });
  }

  /** Damaged or foreign folders, by name. */
  problems(): readonly StoreProblem[] {
    return this.ids().flatMap((id) => {
      const reason = this.look(id);
      return typeof reason === 'string' ? [{ id, folder: join(this.folder, id), reason }] : [];
    });
  }

  /** What interrupted pulls have kept for resuming. */
  kept(): readonly KeptPart[] {
    return Staging.ids(this.folder).flatMap((id) => {
      const bytes = Staging.keptBytes(this.folder, id);
      return bytes === 0 ? [] : [{ id, bytes }];
    });
  }

  /** Null where there is no whole model of this name. */
  manifest(id: string): ModelManifest | null {
    const found = modelIdSchema.safeParse(id).success ? this.look(id) : '';
    return typeof found === 'string' ? null : found;
  }

  folderOf(id: string): string {
    return join(this.folder, modelIdSchema.parse(id));
  }

  /** Takes the lock of a model's installation. Throws GRYM_MODEL_BUSY or GRYM_MODEL_FOLDER_UNWRITABLE. */
  async stage(id: string): Promise<Staging> {
    try {
      mkdirSync(this.folder, { recursive: true });
    } catch (error) {
      throw asWriteError(error, this.folder);
    }
    return Staging.open(this.folder, id);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Looks again, and tells the listeners where something has changed: after an installation, or what another process or a person did. */
  refresh(): void {
    const now = this.fingerprint();
    if (now === this.known) return;
    this.known = now;
    for (const listener of [...this.listeners]) {
      try {
        listener();
      } catch (error) {
        // The others must hear of it all the same, and the installation itself went well.
        this.logger.warn('Someone who was told that the installed models have changed has failed', { error });
      }
    }
  }

  private fingerprint(): string {
    return this.list()
      .map(({ id, version }) => `${id} ${version}`)
      .join('\n');
  }

  private ids(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => modelIdSchema.safeParse(name).success)
      .sort();
  }

  /** The manifest, or why the folder is no whole model. */
  private look(id: string): ModelManifest | string {
    const folder = join(this.folder, id);
    const manifest = readManifest(folder);
    if (typeof manifest === 'string') return manifest;
    const taken = reservedIdProblem(id);
    if (taken !== null) return `${taken}: its folder needs another name, or add it anew with --id`;
    if (manifest.id !== id) return `its grym-model.json is of the model ${manifest.id}`;
    return sizeProblem(folder, manifest.files) ?? manifest;
  }
}
