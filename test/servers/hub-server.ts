// A Hugging Face hub for tests: the tree of a repository, its files by redirect to a second server as the hub's storage is, ranges,
// and every way in which they go wrong.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StoredFile {
  readonly path: string;
  readonly content: Buffer;
  readonly lfs: boolean;
}

interface Revision {
  readonly commit: string;
  readonly files: ReadonlyMap<string, StoredFile>;
}

/** What a transfer of bytes does instead of ending well. */
export interface Transfer {
  readonly path: string;
  readonly start: number;
  readonly bytes: number;
}

export interface HubFaults {
  /** Cuts the connection after so many bytes of this transfer; null = does not. */
  cutAfter?: ((transfer: Transfer) => number | null) | undefined;
  /** Sends nothing more after so many bytes, and leaves the connection open. */
  stallAfter?: ((transfer: Transfer) => number | null) | undefined;
  /** Flips a bit of what is sent of these paths, as long as it answers true. */
  corrupt?: ((path: string) => boolean) | undefined;
  /** Has so many bytes less of the file than its tree says. */
  truncate?: ((path: string) => number) | undefined;
  /** What the tree says of a file’s size, where that is not the truth. */
  announce?: ((path: string) => number | null) | undefined;
  /** Refuses a request: the status, and seconds to wait. */
  refuse?: ((method: 'api' | 'resolve' | 'storage', path: string) => { status: number; retryAfter?: number } | null) | undefined;
  /** Answers with the whole file whatever range was asked for. */
  ignoreRanges?: boolean | undefined;
  /** Bytes at a time, with a pause between. */
  slow?: { readonly bytes: number; readonly pauseMs: number } | undefined;
}

const LFS_ABOVE_BYTES = 10_000;

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

export class HubServer {
  faults: HubFaults = {};
  /** Bytes of file content that were sent, by path; what is asked for only to learn the size is not counted. */
  readonly served = new Map<string, number>();
  readonly requests: string[] = [];
  private readonly revisions = new Map<string, Revision[]>();
  private readonly hub: Server;
  private readonly storage: Server;

  private constructor() {
    this.hub = createServer((request, response) => this.answer(request, response));
    this.storage = createServer((request, response) => this.answerStorage(request, response));
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    await Promise.all([server.hub, server.storage].map((part) => new Promise<void>((resolve) => part.listen(0, '127.0.0.1', resolve))));
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.hub.address() as AddressInfo).port}`;
  }

  get servedBytes(): number {
    return [...this.served.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** A new commit of a repository with these files beside, or in place of, those that it has. Returns the commit. */
  upload(repository: string, files: Readonly<Record<string, Buffer | string>>): string {
    const history = this.revisions.get(repository) ?? [];
    const next = new Map(history.at(-1)?.files ?? []);
    for (const [path, value] of Object.entries(files)) {
      const content = Buffer.from(value);
      next.set(path, { path, content, lfs: content.length > LFS_ABOVE_BYTES });
    }
    const commit = createHash('sha1').update(`${repository} ${history.length}`).digest('hex');
    this.revisions.set(repository, [...history, { commit, files: next }]);
    return commit;
  }

  async stop(): Promise<void> {
    for (const part of [this.hub, this.storage]) {
      part.closeAllConnections();
      await new Promise((resolve) => part.close(resolve));
    }
  }

  private revision(repository: string, name: string): Revision | undefined {
    const history = this.revisions.get(repository) ?? [];
    return name === 'main' ? history.at(-1) : history.find(({ commit }) => commit === name);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    this.requests.push(pathname);
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)(?:\/(.*))?$/.exec(pathname);
    if (api !== null)
      return this.answerApi(
        response,
        api.slice(1).map((part) => decodeURIComponent(part ?? '')),
      );
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    if (file === null) return refuse(response, 404);
    const [repository = '', name = '', path = ''] = file.slice(1).map((part) => decodeURIComponent(part ?? ''));
    return this.resolve(request, response, { repository, name, path });
  }

  private answerApi(response: ServerResponse, [repository = '', kind = '', name = '', folder = '']: readonly string[]): void {
    const refusal = this.faults.refuse?.('api', folder);
    if (refusal) return refuse(response, refusal.status, refusal.retryAfter);
    const revision = this.revision(repository, name);
    if (revision === undefined) return refuse(response, 404);
    const body =
      kind === 'revision'
        ? { _id: '1', id: repository, sha: revision.commit, lastModified: new Date(0) }
        : tree(revision, folder, this.faults.announce);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private resolve(
    request: IncomingMessage,
    response: ServerResponse,
    { repository, name, path }: { readonly repository: string; readonly name: string; readonly path: string },
  ): void {
    const refusal = this.faults.refuse?.('resolve', path);
    if (refusal) return refuse(response, refusal.status, refusal.retryAfter);
    const revision = this.revision(repository, name);
    const file = revision?.files.get(path);
    if (revision === undefined || file === undefined) {
      response.setHeader('x-error-code', 'EntryNotFound');
      return refuse(response, 404);
    }
    response.setHeader('x-repo-commit', revision.commit);
    if (!file.lfs) return this.send(request, response, file, gitHash(file.content));
    const { port } = this.storage.address() as AddressInfo;
    const location = `http://127.0.0.1:${port}/${repository}/${revision.commit}/${path}`;
    const headers = { location, 'x-linked-etag': `"${sha256(file.content)}"`, 'x-linked-size': String(file.content.length) };
    response.writeHead(302, headers).end();
  }

  private answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://storage');
    const [, owner = '', repository = '', commit = '', ...rest] = pathname.split('/').map((part) => decodeURIComponent(part));
    const path = rest.join('/');
    const refusal = this.faults.refuse?.('storage', path);
    if (refusal) return refuse(response, refusal.status, refusal.retryAfter);
    const file = this.revision(`${owner}/${repository}`, commit)?.files.get(path);
    if (file === undefined) return refuse(response, 404);
    return this.send(request, response, file, sha256(file.content));
  }

  private send(request: IncomingMessage, response: ServerResponse, { path, content }: StoredFile, etag: string): void {
    const missing = this.faults.truncate?.(path) ?? 0;
    const whole = content.subarray(0, content.length - missing);
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    // One byte is how a client asks for the size.
    const isProbe = asked?.[1] === '0' && asked[2] === '0';
    const range = this.faults.ignoreRanges === true && !isProbe ? null : asked;
    const start = range === null ? 0 : Number(range[1]);
    const end = range === null || range[2] === '' ? whole.length : Math.min(whole.length, Number(range[2]) + 1);
    if (start >= whole.length) return refuse(response, 416);
    const isPartial = range !== null;
    const headers = {
      'content-length': String(end - start),
      'accept-ranges': 'bytes',
      etag: `"${etag}"`,
      ...(isPartial ? { 'content-range': `bytes ${start}-${end - 1}/${whole.length}` } : {}),
    };
    response.writeHead(isPartial ? 206 : 200, headers);
    if (isProbe) return void response.end(whole.subarray(start, end));
    const body = this.faults.corrupt?.(path) === true ? flipped(whole.subarray(start, end)) : whole.subarray(start, end);
    void this.transfer(response, { path, start, bytes: body.length }, body);
  }

  private async transfer(response: ServerResponse, transfer: Transfer, body: Buffer): Promise<void> {
    const cut = this.faults.cutAfter?.(transfer) ?? null;
    const stall = this.faults.stallAfter?.(transfer) ?? null;
    const last = Math.min(cut ?? body.length, stall ?? body.length, body.length);
    const step = this.faults.slow?.bytes ?? 64 * 1024;
    for (let at = 0; at < last && !response.destroyed; at += step) {
      const part = body.subarray(at, Math.min(at + step, last));
      await new Promise<void>((resolve) => response.write(part, () => resolve()));
      this.served.set(transfer.path, (this.served.get(transfer.path) ?? 0) + part.length);
      const { slow } = this.faults;
      if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, slow.pauseMs));
    }
    if (stall !== null && stall < body.length) return;
    if (cut !== null && cut < body.length) response.destroy();
    else response.end();
  }
}

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

function refuse(response: ServerResponse, status: number, retryAfter?: number): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error: `refused with ${status}` }));
}

function tree({ files }: Revision, folder: string, announce: HubFaults['announce']): object[] {
  const below = folder === '' ? '' : `${folder}/`;
  const entries = [...files.values()].filter(({ path }) => path.startsWith(below));
  const direct = entries.filter(({ path }) => !path.slice(below.length).includes('/'));
  const folders = new Set(
    entries
      .map(({ path }) => path.slice(below.length))
      .filter((path) => path.includes('/'))
      .map((path) => path.split('/')[0]),
  );
  return [
    ...[...folders].map((name) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path: `${below}${name}` })),
    ...direct.map(({ path, content, lfs }) => {
      const size = announce?.(path) ?? content.length;
      return { type: 'file', oid: gitHash(content), size, path, ...(lfs && { lfs: { oid: sha256(content), size, pointerSize: 134 } }) };
    }),
  ];
}
