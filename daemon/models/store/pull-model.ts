import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GrymError, throwIfCancelled, type Clock } from '../../kernel/index.js';
import { detectModel } from './detect-model.js';
import { asWriteError, feedFile, freeBytes, linkOrCopy, syncPath } from './durable-files.js';
import { DEFAULT_PATIENCE, fetchFile, type FetchContext, type Patience } from './fetch-file.js';
import type { FileModelStore } from './file-model-store.js';
import { HubProblem, HubRepository, type HubFile, type HubListing } from './hub-repository.js';
import type { HubSource, KnownModel } from './known-models.js';
import type { ModelFile, ModelManifest } from './model-manifest.js';
import { PullProgress } from './pull-progress.js';
import type { Staging } from './staging.js';

/** What must stay free beside the model. */
const SPARE_BYTES = 64 * 1024 * 1024;
const BYTES_IN_MEGABYTE = 1_000_000;
const LIST_TRIES = 4;

export interface PullContext {
  readonly store: FileModelStore;
  /** Address of the hub, without a slash at the end. */
  readonly source: string;
  readonly clock: Clock;
  readonly patience?: Patience | undefined;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, stage: string) => void;
  /** Called when everything is there and checked: does `work`, in which the model takes its place, while nobody has its files open. */
  readonly installing: (work: () => Promise<void>) => Promise<void>;
}

export interface Pulled {
  /** Bytes that came over the network now; the rest was there from an earlier pull. */
  readonly fetchedBytes: number;
  readonly manifest: ModelManifest;
}

/**
 * Fetches a model and installs it whole, or not at all; its licence has been accepted. Throws GRYM_MODEL_BUSY, GRYM_MODEL_SPACE and what
 * `fetchFile` throws.
 */
export async function pullModel(context: PullContext, model: KnownModel & { readonly source: HubSource }): Promise<Pulled> {
  const { store, signal, progress } = context;
  const staging = await store.stage(model.id);
  try {
    const repository = new HubRepository(context.source, model.source.repository);
    progress(0, `asking ${context.source} for ${model.source.repository}`);
    const listing = await listPatiently(context, model, repository);
    await staging.keepParts(listing.files.map(({ hash }) => hash));
    await checkSpace(store, model, listing);
    const totalBytes = listing.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const shown = new PullProgress({ totalBytes, nowMs: () => context.clock.monotonicMs(), report: progress });
    const files = await fetchAll({ ...fetching(context, model, shown), repository, commit: listing.commit, staging }, listing.files);
    progress(1, 'checking the model');
    const manifest = await manifestOf(context, model, { staging, files, commit: listing.commit });
    throwIfCancelled(signal, `installing ${model.id}`);
    await context.installing(async () => {
      await staging.commit(manifest);
      // Whoever waited for the model goes on with what is there now.
      store.refresh();
    });
    return { fetchedBytes: shown.receivedBytes, manifest };
  } catch (error) {
    await staging.abandon();
    if (signal.aborted) throw cancelled(model.id, signal);
    throw asWriteError(error, store.folder);
  } finally {
    staging.dispose();
    store.refresh();
  }
}

/** Whoever pressed Ctrl-C wants to know what that has cost. */
function cancelled(model: string, { reason }: AbortSignal): GrymError {
  const what = `fetching ${model}; what has arrived is kept, and the same command goes on from there`;
  return new GrymError('GRYM_CANCELLED', { what }, { cause: reason });
}

function fetching(
  { clock, signal, patience = DEFAULT_PATIENCE }: PullContext,
  model: KnownModel,
  shown: PullProgress,
): Omit<FetchContext, 'repository' | 'commit' | 'staging'> {
  return {
    ...{ model: model.id, clock, signal, patience },
    onBytes: (path, bytes) => shown.bytes(path, bytes),
    onStage: (path, what) => shown.stage(path, what),
  };
}

async function listPatiently(
  { clock, signal, source, patience = DEFAULT_PATIENCE }: PullContext,
  model: KnownModel & { readonly source: HubSource },
  repository: HubRepository,
): Promise<HubListing> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await repository.list(model.source, signal);
    } catch (error) {
      if (!(error instanceof HubProblem)) throw error;
      const details = { model: model.id, source, reason: error.message };
      if (error.final) throw new GrymError('GRYM_MODEL_SOURCE_REFUSED', details, { cause: error });
      if (attempt >= LIST_TRIES) throw new GrymError('GRYM_MODEL_SOURCE_FAILED', details, { cause: error });
      await clock.sleep(Math.max(error.waitMs, patience.firstDelayMs * 2 ** attempt), signal);
    }
  }
}

/** Before the first byte: a disk that fills up harms everything that runs on it. */
async function checkSpace(store: FileModelStore, model: KnownModel, { files }: HubListing): Promise<void> {
  const kept = store.kept().find(({ id }) => id === model.id)?.bytes ?? 0;
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0) - kept + SPARE_BYTES;
  const free = await freeBytes(store.folder);
  if (free >= needed) return;
  const megabytes = (bytes: number): number => Math.ceil(bytes / BYTES_IN_MEGABYTE);
  const details = { model: model.id, path: store.folder, neededMegabytes: megabytes(needed), freeMegabytes: megabytes(free) };
  throw new GrymError('GRYM_MODEL_SPACE', details);
}

/** One after the other: a hub shares one line between connections, and half of two files is worth nothing. */
async function fetchAll(context: FetchContext, listed: readonly HubFile[]): Promise<ModelFile[]> {
  const wholes: (readonly [HubFile, string])[] = [];
  for (const file of listed) wholes.push([file, await fetchFile(context, file)]);
  const files: ModelFile[] = [];
  await context.staging.begin();
  for (const [{ path, bytes, hash, hashKind }, whole] of wholes) {
    const place = await context.staging.place(path);
    await linkOrCopy(whole, place);
    await syncPath(place);
    files.push({ path, bytes, sha256: hashKind === 'sha256' ? hash : await sha256Of(context, whole) });
  }
  return files;
}

async function sha256Of({ signal, model }: FetchContext, path: string): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, [hash], { signal, what: `checking ${model}` });
  return hash.digest('hex');
}

interface Fetched {
  readonly staging: Staging;
  readonly files: readonly ModelFile[];
  readonly commit: string;
}

async function manifestOf(
  { source, clock }: PullContext,
  model: KnownModel & { readonly source: HubSource },
  fetched: Fetched,
): Promise<ModelManifest> {
  const { staging, files, commit } = fetched;
  const placed = files.map(({ path }) => ({ path, from: join(staging.files, path) }));
  const { kind, roles } = await detectModel(staging.files, placed);
  if (kind !== model.kind) {
    throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path: staging.files, reason: `it is ${kind}, and ${model.kind} was expected` });
  }
  const now = clock.nowMs();
  return {
    ...{ format: 1, id: model.id, title: model.title, kind, roles: [...roles], memoryBytes: model.memoryBytes, installedAtMs: now },
    licence: { name: model.licence, acceptedAtMs: now },
    source: { type: 'hub', address: source, repository: model.source.repository, commit },
    files: [...files],
  };
}
