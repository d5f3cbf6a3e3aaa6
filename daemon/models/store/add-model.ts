import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { GrymError, throwIfCancelled, type Clock } from '../../kernel/index.js';
import { findFiles, type FoundFile, type FoundFiles } from './added-files.js';
import { detectModel, type DetectedModel } from './detect-model.js';
import { asWriteError, feedFile, freeBytes, linkOrCopy, syncPath } from './durable-files.js';
import { modelIdSchema, reservedIdProblem } from './file-names.js';
import type { FileModelStore } from './file-model-store.js';
import { knownModel } from './known-models.js';
import type { ModelFile, ModelManifest } from './model-manifest.js';
import type { Staging } from './staging.js';

/** A chunk is hashed within a millisecond. */
const COPY_BYTES = 256 * 1024;
const SPARE_BYTES = 64 * 1024 * 1024;
const BYTES_IN_MEGABYTE = 1_000_000;
/** Weights once, what is computed with them, and the runtime itself: a guess that is better too high than too low. */
const MEMORY_FACTOR = 1.4;
const RUNTIME_BYTES = 300_000_000;

export interface AddContext {
  readonly store: FileModelStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, stage: string) => void;
}

export interface AddRequest {
  /** Absolute: a folder, or a GGUF file. */
  readonly path: string;
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly licence?: string | undefined;
  /** Hard links instead of copies, where the file system allows it. */
  readonly link: boolean;
}

export interface Added {
  readonly manifest: ModelManifest;
  readonly leftOut: readonly string[];
}

/**
 * Installs a model from the disk, whole or not at all. Throws GRYM_MODEL_FOLDER_INVALID that names all that is missing,
 * GRYM_MODEL_FILE_DAMAGED, GRYM_MODEL_EXISTS, GRYM_MODEL_SPACE, GRYM_MODEL_BUSY, GRYM_MODEL_FOLDER_UNWRITABLE.
 */
export async function addModel(context: AddContext, request: AddRequest): Promise<Added> {
  const { store, progress } = context;
  progress(0, 'looking at the files');
  const found = await findFiles(request.path);
  // Before anything is copied, so that what is missing is told at once.
  const detected = await detectModel(request.path, found.files);
  const id = request.id ?? idFor(request.path);
  const taken = reservedIdProblem(id);
  if (taken !== null)
    throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: request.path, reason: `${taken}: give another one with --id` });
  if (store.manifest(id) !== null) throw new GrymError('GRYM_MODEL_EXISTS', { model: id });
  const staging = await store.stage(id);
  try {
    if (!request.link) await checkSpace(store, id, found);
    await staging.begin();
    const files = await takeFiles(context, { id, staging, link: request.link }, found.files);
    const manifest = manifestOf(context, { request, id, detected, found, files });
    await staging.commit(manifest);
    return { manifest, leftOut: found.leftOut };
  } catch (error) {
    await staging.abandon();
    throw asWriteError(error, store.folder);
  } finally {
    staging.dispose();
    store.refresh();
  }
}

/** The name of the folder or file, in letters that a model's name may have. */
function idFor(path: string): string {
  const name = basename(path)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/[.-]*([.-])[.-]*/g, '$1')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, 80)
    .replace(/[.-]+$/, '');
  if (modelIdSchema.safeParse(name).success) return name;
  throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason: 'its name makes no name for the model: give one with --id' });
}

async function checkSpace(store: FileModelStore, model: string, { files }: FoundFiles): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0) + SPARE_BYTES;
  const free = await freeBytes(store.folder);
  if (free >= needed) return;
  const megabytes = (bytes: number): number => Math.ceil(bytes / BYTES_IN_MEGABYTE);
  const details = { model, path: store.folder, neededMegabytes: megabytes(needed), freeMegabytes: megabytes(free) };
  throw new GrymError('GRYM_MODEL_SPACE', details);
}

interface Taking {
  readonly id: string;
  readonly staging: Staging;
  readonly link: boolean;
}

async function takeFiles(context: AddContext, taking: Taking, found: readonly FoundFile[]): Promise<ModelFile[]> {
  const total = Math.max(
    1,
    found.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  let done = 0;
  const files: ModelFile[] = [];
  for (const file of found) {
    const onBytes = (count: number): void => {
      done += count;
      context.progress(done / total, `${taking.link ? 'linking' : 'copying'} ${file.path}`);
    };
    const sha256 = await takeFile(context, taking, file, onBytes);
    if (file.sha256 !== null && file.sha256 !== sha256) {
      const reason = `its SHA-256 is ${sha256}, and the exporter wrote ${file.sha256}`;
      throw new GrymError('GRYM_MODEL_FILE_DAMAGED', { file: file.path, model: taking.id, reason });
    }
    files.push({ path: file.path, bytes: file.bytes, sha256 });
  }
  return files;
}

/** Resolves with the SHA-256 of what was written. */
async function takeFile(
  { signal }: AddContext,
  { id, staging, link }: Taking,
  file: FoundFile,
  onBytes: (count: number) => void,
): Promise<string> {
  const place = await staging.place(file.path);
  const what = `installing ${id}`;
  const hash = createHash('sha256');
  let bytes = 0;
  const shared = link ? await linkOrCopy(file.from, place).then(() => true) : await cloneFile(file.from, place);
  if (shared) bytes = await feedFile(place, [hash], { signal, what, onBytes });
  else {
    const target = await open(place, 'wx', 0o644);
    try {
      for await (const chunk of createReadStream(file.from, { highWaterMark: COPY_BYTES }) as AsyncIterable<Buffer>) {
        throwIfCancelled(signal, what);
        hash.update(chunk);
        await target.writeFile(chunk);
        bytes += chunk.length;
        onBytes(chunk.length);
      }
    } finally {
      await target.close();
    }
  }
  if (bytes !== file.bytes) {
    const reason = `it had ${file.bytes} bytes and has ${bytes} now: someone writes it`;
    throw new GrymError('GRYM_MODEL_FILE_DAMAGED', { file: file.path, model: id, reason });
  }
  await syncPath(place);
  return hash.digest('hex');
}

/** Shares the blocks where the file system can (Btrfs, XFS): nothing is copied until one of the two is written. */
async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Whatever the reason was, copying meets it again and says so.
    await rm(to, { force: true });
    return false;
  }
}

interface Taken {
  readonly request: AddRequest;
  readonly id: string;
  readonly detected: DetectedModel;
  readonly found: FoundFiles;
  readonly files: readonly ModelFile[];
}

function manifestOf({ clock }: AddContext, { request, id, detected, found, files }: Taken): ModelManifest {
  const known = knownModel(id);
  const same = known?.kind === detected.kind ? known : undefined;
  const weights = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    format: 1,
    id,
    title: request.title ?? same?.title ?? (detected.title.slice(0, 200) || id),
    kind: detected.kind,
    roles: [...detected.roles],
    licence: { name: request.licence ?? (found.licence || (same?.licence ?? '')), acceptedAtMs: null },
    source: { type: 'added', path: request.path },
    memoryBytes: same?.memoryBytes ?? Math.ceil(weights * MEMORY_FACTOR + RUNTIME_BYTES),
    installedAtMs: clock.nowMs(),
    files: [...files],
  };
}
