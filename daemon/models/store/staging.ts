import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GrymError, isGrymError, newUuid, type Disposable } from '../../kernel/index.js';
import { lockDataFolder } from '../../storage/index.js';
import { asWriteError, syncPath, writeDurably } from './durable-files.js';
import { modelIdSchema } from './file-names.js';
import { MANIFEST_NAME, manifestSchema, readManifest, sizeProblem, type ModelManifest } from './model-manifest.js';

const STAGING = '.installing';
const PART = '.part';
const WHOLE = '.whole';

/**
 * Where one model is put together before it takes its place, and the lock of those who do so: `.installing/<id>/` in the model folder.
 *
 *     parts/<hash>.part    what has arrived of a file; named by what it is to become, so that a changed source cannot be mixed in
 *     parts/<hash>.whole   a file whose hash was checked
 *     files/               the model as it will be; grym-model.json comes last and decides: with it the model is installed
 *     discarded/           what had to make room
 *
 * A process that dies before the manifest stands leaves the old model, or none; one that dies after it leaves the new one, since whoever
 * comes next takes the last steps.
 */
export class Staging implements Disposable {
  readonly folder: string;
  readonly parts: string;
  readonly files: string;
  private readonly discarded: string;
  private readonly target: string;

  private constructor(
    private readonly modelFolder: string,
    private readonly id: string,
    private readonly lock: Disposable,
  ) {
    this.folder = Staging.folderOf(modelFolder, id);
    this.parts = join(this.folder, 'parts');
    this.files = join(this.folder, 'files');
    this.discarded = join(this.folder, 'discarded');
    this.target = join(modelFolder, id);
  }

  private static folderOf(modelFolder: string, id: string): string {
    return join(modelFolder, STAGING, id);
  }

  /** Takes the lock, and ends what a process that died had begun. Throws GRYM_MODEL_BUSY or GRYM_MODEL_FOLDER_UNWRITABLE. */
  static async open(modelFolder: string, id: string): Promise<Staging> {
    const folder = Staging.folderOf(modelFolder, modelIdSchema.parse(id));
    let lock: Disposable;
    try {
      // Given back by the system at the process's death, so that no lock is left behind.
      lock = lockDataFolder(folder);
    } catch (error) {
      if (!isGrymError(error, 'GRYM_LIBRARY_IN_USE')) throw asWriteError(error, modelFolder);
      throw new GrymError('GRYM_MODEL_BUSY', { model: id, processId: String(error.details['processId']) }, { cause: error });
    }
    const staging = new Staging(modelFolder, id, lock);
    try {
      await staging.recover();
    } catch (error) {
      staging.dispose();
      throw asWriteError(error, modelFolder);
    }
    return staging;
  }

  /** Ids of models that someone once began to install or remove. */
  static ids(modelFolder: string): string[] {
    const folder = join(modelFolder, STAGING);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).filter((name) => modelIdSchema.safeParse(name).success);
  }

  /** Whether a process that died left something that has to be ended before the list of models is true. */
  static isUnfinished(modelFolder: string, id: string): boolean {
    const folder = Staging.folderOf(modelFolder, id);
    return existsSync(join(folder, 'files')) || existsSync(join(folder, 'discarded'));
  }

  /** Bytes of files, whole or not, that an interrupted pull has kept. */
  static keptBytes(modelFolder: string, id: string): number {
    const parts = join(Staging.folderOf(modelFolder, id), 'parts');
    if (!existsSync(parts)) return 0;
    return readdirSync(parts).reduce((sum, name) => sum + (lstatSync(join(parts, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  private async recover(): Promise<void> {
    if (this.isDecided()) await this.takePlace();
    await this.erase(this.files, this.discarded);
  }

  partOf(hash: string): string {
    return join(this.parts, `${hash}${PART}`);
  }

  wholeOf(hash: string): string {
    return join(this.parts, `${hash}${WHOLE}`);
  }

  /** Makes the folder for parts, and drops those that nobody wants any more. */
  async keepParts(hashes: readonly string[]): Promise<void> {
    await mkdir(this.parts, { recursive: true });
    const wanted = new Set(hashes.flatMap((hash) => [this.partOf(hash), this.wholeOf(hash)]));
    const found = (await readdir(this.parts)).map((name) => join(this.parts, name));
    await this.erase(...found.filter((path) => !wanted.has(path)));
  }

  /** An empty `files/` for the model to be built in. */
  async begin(): Promise<void> {
    await this.erase(this.files);
    await mkdir(this.files);
  }

  /**
   * Nothing comes of it; what was fetched stays for the next pull. A model that lies complete in `files/` was decided and could only not take its
   * place: it stays, for whoever comes next to end it. Never throws, so that it hides no error: what cannot be cleared away now is then.
   */
  async abandon(): Promise<void> {
    try {
      if (!this.isDecided()) await this.erase(this.files);
    } catch {
      // Whoever opens this folder next meets it again, and says so.
    }
  }

  /** Whether the model lies complete in `files/`, with its manifest. */
  private isDecided(): boolean {
    const manifest = existsSync(join(this.files, MANIFEST_NAME)) ? readManifest(this.files) : null;
    return manifest !== null && typeof manifest !== 'string' && sizeProblem(this.files, manifest.files) === null;
  }

  /** Path for a file of the model, with the folders above it. */
  async place(path: string): Promise<string> {
    const place = join(this.files, path);
    await mkdir(dirname(place), { recursive: true });
    return place;
  }

  /** Installs what lies in `files/`, whose files are on the disk already. The rename of the manifest is the moment from which it counts. */
  async commit(manifest: ModelManifest): Promise<void> {
    const checked = manifestSchema.parse(manifest);
    const problem = sizeProblem(this.files, checked.files);
    if (problem !== null) throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: this.files, reason: problem });
    for (const folder of foldersOf(checked)) await syncPath(join(this.files, folder));
    const path = join(this.files, MANIFEST_NAME);
    await writeDurably(`${path}.writing`, `${JSON.stringify(checked, null, 1)}\n`);
    await rename(`${path}.writing`, path);
    await syncPath(this.files);
    await this.takePlace();
    await this.erase(this.discarded);
  }

  /** Renames only; whoever dies between two of them leaves the rest to the next process. Where the last one fails, the old model stands again. */
  private async takePlace(): Promise<void> {
    await this.discard(this.parts);
    const old = await this.discard(this.target);
    try {
      await rename(this.files, this.target);
    } catch (error) {
      // Where this fails too, the new one is complete still, and the next process ends it.
      if (old !== null) await rename(old, this.target).catch(() => undefined);
      throw error;
    }
    await syncPath(this.modelFolder);
  }

  /** Takes the installed model away, and all that was kept of it. */
  async remove(): Promise<void> {
    await this.discard(this.target);
    await syncPath(this.modelFolder);
    await this.erase(this.discarded, this.files, this.parts);
  }

  /** In one step out of sight: what is unlinked file by file must never look like a model. Returns where it is now; null where nothing was. */
  private async discard(path: string): Promise<string | null> {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    await mkdir(this.discarded, { recursive: true });
    const discarded = join(this.discarded, newUuid());
    await rename(path, discarded);
    return discarded;
  }

  private async erase(...paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(path, { recursive: true, force: true });
  }

  /** Gives the lock back. Its empty file stays: to unlink it could give the lock to two. */
  dispose(): void {
    void this.lock.dispose();
  }
}

/** Every folder that holds a file or a folder of the model. */
function foldersOf(manifest: ModelManifest): Set<string> {
  const folders = new Set<string>();
  for (const { path } of manifest.files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return folders;
}
