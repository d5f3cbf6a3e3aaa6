import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { cancelledError, GrymError, isGrymError, systemCodeOf, throwIfCancelled, untilCancelled, type Clock } from '../../kernel/index.js';
import { asWriteError, feedFile } from './durable-files.js';
import { causeOf, HubProblem, watchedFetch, type HubFile, type HubRepository } from './hub-repository.js';
import type { Staging } from './staging.js';

/** How patient a download is. */
export interface Patience {
  /** Failures in a row without a byte in between, after which it gives up. */
  readonly failuresInRow: number;
  /** Connections for one file, in all. */
  readonly connections: number;
  /** Wait after the first failure; doubles with each, up to `longestDelayMs`. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** A connection on which nothing arrives for so long is given up. */
  readonly stalledMs: number;
}

export const DEFAULT_PATIENCE: Patience = {
  failuresInRow: 6,
  connections: 200,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  stalledMs: 30_000,
};

export interface FetchContext {
  readonly model: string;
  readonly repository: HubRepository;
  readonly commit: string;
  readonly staging: Staging;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Bytes of the file that are on the disk, whenever that changes. */
  readonly onBytes: (path: string, bytes: number) => void;
  /** What is being done with which file. */
  readonly onStage: (path: string, what: 'fetching' | 'checking' | 'waiting') => void;
}

/** A damaged file is fetched once more from its beginning: most often the connection damaged it. */
const TRIES_OF_A_DAMAGED_FILE = 2;

/** Null where nothing is there. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * One file of a model, whole and checked, as `parts/<hash>.whole`. Goes on from what an earlier connection, pull or process has left.
 * Throws GRYM_MODEL_FILE_DAMAGED, GRYM_MODEL_SOURCE_REFUSED, GRYM_MODEL_SOURCE_FAILED, GRYM_MODEL_FOLDER_UNWRITABLE, GRYM_CANCELLED.
 */
export async function fetchFile(context: FetchContext, file: HubFile): Promise<string> {
  const { staging, model } = context;
  const whole = staging.wholeOf(file.hash);
  if ((await sizeOf(whole)) === file.bytes) {
    context.onBytes(file.path, file.bytes);
    return whole;
  }
  const part = staging.partOf(file.hash);
  let found = '';
  for (let attempt = 0; attempt < TRIES_OF_A_DAMAGED_FILE; attempt += 1) {
    await fetchBytes(context, file, part);
    context.onStage(file.path, 'checking');
    found = await hashOf(context, file, part);
    if (found === file.hash) {
      await rename(part, whole);
      return whole;
    }
    await rm(part, { force: true });
  }
  const reason = `its ${file.hashKind === 'sha256' ? 'SHA-256' : 'git hash'} is ${found}, and ${file.hash} was announced`;
  throw new GrymError('GRYM_MODEL_FILE_DAMAGED', { file: file.path, model, reason });
}

async function hashOf({ signal, model }: FetchContext, file: HubFile, part: string): Promise<string> {
  const hash = file.hashKind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${file.bytes}\0`);
  await feedFile(part, [hash], { signal, what: `checking ${file.path} of ${model}` });
  return hash.digest('hex');
}

/** Connects again and again until all bytes are there. */
async function fetchBytes(context: FetchContext, file: HubFile, part: string): Promise<void> {
  const { patience, clock, signal } = context;
  if (file.bytes === 0) {
    // There is nothing to ask a server for, but the file must be there.
    await (await open(part, 'w', 0o644)).close();
    return;
  }
  let failures = 0;
  for (let connection = 1; ; connection += 1) {
    let offset = (await sizeOf(part)) ?? 0;
    if (offset > file.bytes) {
      await rm(part);
      offset = 0;
    }
    context.onBytes(file.path, offset);
    if (offset === file.bytes) return;
    context.onStage(file.path, 'fetching');
    const problem = await connect(context, file, part, offset);
    if (problem === null) return;
    if (problem.final) throw refused(context, problem);
    failures = ((await sizeOf(part)) ?? 0) > offset ? 1 : failures + 1;
    if (failures > patience.failuresInRow || connection >= patience.connections) throw failed(context, file, problem);
    context.onStage(file.path, 'waiting');
    await clock.sleep(Math.max(problem.waitMs, delay(patience, failures)), signal);
  }
}

/** Exponential, jittered: many who lost the same server must not come back together. */
function delay({ firstDelayMs, longestDelayMs }: Patience, failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function refused({ model, repository }: FetchContext, problem: HubProblem): GrymError {
  const source = `${repository.address}/${repository.repository}`;
  return new GrymError('GRYM_MODEL_SOURCE_REFUSED', { source, model, reason: problem.message }, { cause: problem });
}

function failed({ model, repository }: FetchContext, file: HubFile, problem: HubProblem): GrymError {
  const reason = `${file.path}: ${problem.message}`;
  return new GrymError('GRYM_MODEL_SOURCE_FAILED', { model, source: repository.address, reason }, { cause: problem });
}

/** One connection. Null where everything has arrived, else what was in the way. */
async function connect(context: FetchContext, file: HubFile, part: string, offset: number): Promise<HubProblem | null> {
  const { signal, patience } = context;
  const stalled = new AbortController();
  const either = AbortSignal.any([signal, stalled.signal]);
  const seconds = patience.stalledMs / 1_000;
  const watchdog = setTimeout(() => stalled.abort(new HubProblem(`nothing arrived for ${seconds} s`, false)), patience.stalledMs);
  let told: HubProblem | undefined;
  try {
    const stream = await openStream(
      context,
      file,
      offset,
      watching(either, offset, (problem) => (told = problem)),
    );
    await store(context, file, { stream, part, offset, signal: either, onChunk: () => watchdog.refresh() });
    const arrived = (await sizeOf(part)) ?? 0;
    return arrived === file.bytes ? null : new HubProblem(`the connection ended after ${arrived} of ${file.bytes} bytes`, false);
  } catch (error) {
    if (signal.aborted) throw cancelledError(signal, `fetching ${file.path}`);
    if (told !== undefined && told.message === NOT_RESUMED) await rm(part, { force: true });
    if (told !== undefined) return told;
    if (stalled.signal.reason instanceof HubProblem) return stalled.signal.reason;
    if (error instanceof HubProblem) return error;
    const writing = asWriteError(error, context.staging.folder);
    if (isGrymError(writing)) throw writing;
    return new HubProblem(`the connection broke (${causeOf(error)})`, false, 0, error);
  } finally {
    clearTimeout(watchdog);
  }
}

const NOT_RESUMED = 'it does not go on where it was left';

/** A server that ignores the range would have its beginning glued to the middle of the file. */
function watching(signal: AbortSignal, offset: number, onProblem: (problem: HubProblem) => void): typeof fetch {
  const watched = watchedFetch(signal, onProblem);
  return async (input, init) => {
    const response = await watched(input, init);
    const range = new Headers(init?.headers).get('range');
    if (offset === 0 || range === null || !range.startsWith(`bytes=${offset}-`)) return response;
    const from = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (response.status === 206 && Number(from) === offset) return response;
    await response.body?.cancel().catch(() => undefined);
    const problem = new HubProblem(NOT_RESUMED, false);
    onProblem(problem);
    throw problem;
  };
}

async function openStream(
  context: FetchContext,
  file: HubFile,
  offset: number,
  watched: typeof fetch,
): Promise<ReadableStream<Uint8Array>> {
  const { repository, commit, model } = context;
  const { downloadFile, fileDownloadInfo } = await import('@huggingface/hub');
  const repo = { type: 'model', name: repository.repository } as const;
  const options = { repo, path: file.path, revision: commit, hubUrl: repository.address, fetch: watched };
  const info = await fileDownloadInfo(options);
  if (info === null) throw new HubProblem(`it has no ${file.path} any more`, true);
  if (info.size !== file.bytes) {
    const reason = `${repository.address} serves ${info.size} bytes of it, and ${file.bytes} were announced`;
    throw new GrymError('GRYM_MODEL_FILE_DAMAGED', { file: file.path, model, reason });
  }
  // Without Xet: its chunks cannot be asked for by a range of bytes, which resuming needs.
  const blob = await downloadFile({ ...options, downloadInfo: info, xet: false });
  if (blob === null) throw new HubProblem(`it has no ${file.path} any more`, true);
  return (offset === 0 ? blob : blob.slice(offset)).stream();
}

interface Storing {
  readonly stream: ReadableStream<Uint8Array>;
  readonly part: string;
  readonly offset: number;
  readonly signal: AbortSignal;
  readonly onChunk: () => void;
}

/** Appends what arrives, whatever ends it; what is on the disk counts. */
async function store(context: FetchContext, file: HubFile, { stream, part, offset, signal, onChunk }: Storing): Promise<void> {
  const reader = stream.getReader();
  const handle = await open(part, 'a', 0o644);
  const what = `fetching ${file.path}`;
  let bytes = offset;
  try {
    for (;;) {
      // Before reading: a read that nobody waits for would fail unheard.
      throwIfCancelled(signal, what);
      const { done, value } = await untilCancelled(reader.read(), signal, what);
      if (done) break;
      onChunk();
      if (bytes + value.length > file.bytes) throw new HubProblem(`it sends more than the ${file.bytes} bytes of ${file.path}`, false);
      await writeAll(handle, value);
      bytes += value.length;
      context.onBytes(file.path, bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
    await reader.cancel().catch(() => undefined);
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written)).bytesWritten;
}
