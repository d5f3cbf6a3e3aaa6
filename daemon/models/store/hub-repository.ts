import { z } from 'zod';
import { cancelledError, GrymError, messageOf, withDeadline } from '../../kernel/index.js';
import { relativePathSchema } from './file-names.js';
import type { HubSource } from './known-models.js';

/** What a hub must become. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of large files (LFS), git's SHA-1 of small ones. */
  readonly hash: string;
  readonly hashKind: 'sha256' | 'git-sha1';
}

/** The wanted files of a repository at one commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** A failure of the hub; `final` ones are not tried again. */
export class HubProblem extends Error {
  constructor(
    message: string,
    readonly final: boolean,
    /** How long the hub asks to be left alone; 0 = it does not say. */
    readonly waitMs = 0,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
  }
}

const REQUEST_DEADLINE_MS = 30_000;
const LONGEST_WAIT_MS = 60_000;

const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().min(0),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: z.int().min(0) }).optional(),
});

/** What the hub answers with when it gives nothing, in words. */
function statusProblem(status: number, headers: Headers): HubProblem {
  const seconds = Number(headers.get('retry-after') ?? '0');
  const waitMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, LONGEST_WAIT_MS) : 0;
  if (status === 401 || status === 403) return new HubProblem(`it asks for an account that has accepted its terms (HTTP ${status})`, true);
  if (status === 404) return new HubProblem('it has no such repository, revision or file (HTTP 404)', true);
  if (status === 429) return new HubProblem('it takes no more requests for a while (HTTP 429)', false, waitMs);
  return new HubProblem(`it answered with HTTP ${status}`, status < 500 && status !== 408, waitMs);
}

/** `fetch` that turns refusals and broken connections into HubProblem, so that callers know what to try again. */
export function watchedFetch(signal: AbortSignal, onProblem: (problem: HubProblem) => void = () => undefined): typeof fetch {
  return async (input, init) => {
    let response: Response;
    try {
      response = await fetch(input, { ...init, signal });
    } catch (error) {
      const problem = new HubProblem(`no connection (${causeOf(error)})`, false, 0, error);
      onProblem(problem);
      throw problem;
    }
    if (response.ok) return response;
    await response.body?.cancel().catch(() => undefined);
    const problem = statusProblem(response.status, response.headers);
    onProblem(problem);
    throw problem;
  };
}

/** `fetch` says "fetch failed" and hides why in the cause. */
export function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}

/** A Hugging Face hub, or a mirror of it. */
export class HubRepository {
  constructor(
    /** Without a slash at the end. */
    readonly address: string,
    readonly repository: string,
  ) {}

  /** The wanted files as they are now. Throws HubProblem, or GRYM_CANCELLED. */
  async list(source: HubSource, signal: AbortSignal): Promise<HubListing> {
    const what = `asking ${this.address} for ${this.repository}`;
    try {
      return await withDeadline({ milliseconds: REQUEST_DEADLINE_MS, what, signal }, (inner) => this.ask(source, inner));
    } catch (error) {
      if (signal.aborted) throw cancelledError(signal, what, error);
      if (error instanceof HubProblem) throw error;
      if (error instanceof GrymError) throw new HubProblem(`it did not answer within ${REQUEST_DEADLINE_MS / 1_000} s`, false, 0, error);
      throw new HubProblem(`its answer is not a hub’s (${messageOf(error).slice(0, 200)})`, true, 0, error);
    }
  }

  private async ask({ revision, files }: HubSource, signal: AbortSignal): Promise<HubListing> {
    const { listFiles, modelInfo } = await import('@huggingface/hub');
    const options = { hubUrl: this.address, fetch: watchedFetch(signal) };
    // Everything is taken at one commit, whatever is uploaded meanwhile.
    const { sha } = await modelInfo({ ...options, name: this.repository, revision, additionalFields: ['sha'] });
    const commit = z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .parse(sha);
    const found = new Map<string, HubFile>();
    const folders = new Set(files.map((path) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')));
    for (const folder of folders) {
      const where = folder === '' ? {} : { path: folder };
      for await (const raw of listFiles({ ...options, ...where, repo: { type: 'model', name: this.repository }, revision: commit })) {
        const file = hubFile(raw);
        if (file !== null) found.set(file.path, file);
      }
    }
    const missing = files.filter((path) => !found.has(path));
    if (missing.length > 0) throw new HubProblem(`${this.repository} does not hold ${missing.join(', ')}`, true);
    return { commit, files: files.flatMap((path) => found.get(path) ?? []) };
  }
}

function hubFile(raw: unknown): HubFile | null {
  const { type, path, size, oid, lfs } = entrySchema.parse(raw);
  if (type !== 'file' || !relativePathSchema.safeParse(path).success) return null;
  const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/.exec(lfs?.oid ?? '')?.[1];
  if (lfs !== undefined && sha256 !== undefined) return { path, bytes: lfs.size, hash: sha256, hashKind: 'sha256' };
  if (oid !== undefined && /^[0-9a-f]{40}$/.test(oid)) return { path, bytes: size, hash: oid, hashKind: 'git-sha1' };
  throw new HubProblem(`it does not say what ${path} should be`, true);
}
