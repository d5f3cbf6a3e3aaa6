import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ActionDispatcher } from '../../actions/index.js';
import { GrymError, isGrymError, systemCodeOf, toGrymError, type ErrorKind, type Logger } from '../../kernel/index.js';
import { sha256Schema } from '../../../protocol/index.js';
import { checkAddress, findPortOwner, tokenMatches } from '../access/index.js';

const ADDRESS = '127.0.0.1';
const MAXIMUM_BODY_BYTES = 256 * 1024;

export interface HttpServerOptions {
  readonly token: string;
  readonly daemonVersion: string;
  readonly actions: ActionDispatcher;
  /** Path of a clip's file. Throws GRYM_CLIP_UNKNOWN or GRYM_CLIP_MISSING. */
  readonly clipPath: (hash: string) => string;
  readonly logger: Logger;
}

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  'invalid-input': 400,
  transient: 503,
  timeout: 504,
  resource: 507,
  'model-fault': 502,
  cancelled: 499,
  fatal: 500,
};

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  GRYM_TOKEN_WRONG: 401,
  GRYM_ADDRESS_FORBIDDEN: 403,
  GRYM_ACTION_UNKNOWN: 404,
  GRYM_CLIP_UNKNOWN: 404,
  GRYM_CLIP_MISSING: 404,
  GRYM_RUN_UNKNOWN: 404,
  GRYM_RUN_AMBIGUOUS: 409,
  GRYM_RUN_NOT_WAITING: 409,
  GRYM_STEP_UNKNOWN: 404,
  GRYM_WORKFLOW_UNKNOWN: 404,
  GRYM_CAPABILITY_UNAVAILABLE: 409,
  GRYM_BRIDGE_UNKNOWN: 404,
  GRYM_BRIDGE_AMBIGUOUS: 409,
  GRYM_SLOT_EMPTY: 409,
  GRYM_NO_MUSICAL_POSITION: 409,
  GRYM_MODEL_UNKNOWN: 404,
  GRYM_MODEL_NOT_INSTALLED: 404,
  GRYM_MODEL_EXISTS: 409,
  GRYM_MODEL_BUSY: 409,
  GRYM_BUSY: 429,
  GRYM_REQUEST_TOO_MANY: 429,
};

/** The daemon's HTTP server on the loopback address; the WebSocket endpoint shares its port. */
export class HttpServer {
  readonly #app: FastifyInstance;
  #port = 0;

  constructor(private readonly options: HttpServerOptions) {
    this.#app = fastify({ bodyLimit: MAXIMUM_BODY_BYTES, forceCloseConnections: true, requestTimeout: 30_000 });
    this.#app.addHook('onRequest', (request, _reply, done) => done(this.#forbidden(request) ?? undefined));
    this.#app.setErrorHandler((error, _request, reply) => this.#sendError(reply, error));
    this.#app.setNotFoundHandler((_request, reply) => {
      void reply.status(404);
      return { error: new GrymError('GRYM_ADDRESS_FORBIDDEN', { reason: 'there is nothing at this path' }).toWire() };
    });
    this.#declareRoutes();
  }

  get server(): Server {
    return this.#app.server;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * Listens on the port, or on any free one for 0. One that is taken is GRYM_PORT_TAKEN with the process that has it, or, as
   * `whenTaken` wants it, a warning and any free one.
   */
  async listen(port: number, whenTaken: 'fail' | 'any-free'): Promise<void> {
    try {
      await this.#listenOn(port);
    } catch (error) {
      if (whenTaken === 'fail' || !isGrymError(error, 'GRYM_PORT_TAKEN')) throw error;
      this.options.logger.warn(`${error.message} Using a free port instead.`);
      await this.#listenOn(0);
    }
  }

  async #listenOn(port: number): Promise<void> {
    try {
      await this.#app.listen({ host: ADDRESS, port });
    } catch (error) {
      if (systemCodeOf(error) !== 'EADDRINUSE') throw error;
      const found = await findPortOwner(port);
      const owner = found === null ? 'another program (of another user)' : `process ${found.processId} (${found.command})`;
      throw new GrymError('GRYM_PORT_TAKEN', { port, owner }, { cause: error });
    }
    this.#port = (this.#app.server.address() as AddressInfo).port;
  }

  async dispose(): Promise<void> {
    await this.#app.close();
  }

  #declareRoutes(): void {
    const { actions, daemonVersion } = this.options;
    this.#app.get('/healthz', () => ({ service: 'grym-synth', processId: process.pid, daemonVersion }));
    const guarded = {
      preHandler: (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) =>
        done(this.#unauthorised(request) ?? undefined),
    };
    this.#app.get('/api/actions', guarded, () => ({ actions: actions.describe() }));
    this.#app.post<{ Params: { name: string } }>('/api/actions/:name', guarded, (request, reply) => this.#act(request, reply));
    this.#app.get<{ Params: { file: string } }>('/api/clips/:file', guarded, (request, reply) =>
      this.#sendClip(request.params.file, reply),
    );
  }

  #forbidden(request: FastifyRequest): GrymError | null {
    const verdict = checkAddress(request.headers, this.#port);
    return verdict.allowed ? null : new GrymError('GRYM_ADDRESS_FORBIDDEN', { reason: verdict.reason });
  }

  #unauthorised(request: FastifyRequest): GrymError | null {
    const token = /^Bearer ([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1];
    return token !== undefined && tokenMatches(this.options.token, token) ? null : new GrymError('GRYM_TOKEN_WRONG', {});
  }

  async #act(request: FastifyRequest<{ Params: { name: string } }>, reply: FastifyReply): Promise<unknown> {
    const controller = new AbortController();
    // The client that closes its connection takes its request back.
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) controller.abort(new GrymError('GRYM_CANCELLED', { what: request.params.name }));
    });
    const clientName = request.headers['user-agent'] ?? 'http';
    const result = await this.options.actions.invoke(request.params.name, request.body ?? {}, {
      signal: controller.signal,
      progress: () => undefined,
      caller: { surface: 'http', clientName, bridgeId: null },
    });
    return { result };
  }

  async #sendClip(file: string, reply: FastifyReply): Promise<FastifyReply> {
    const hash = /^(.*)\.wav$/.exec(file)?.[1] ?? file;
    if (!sha256Schema.safeParse(hash).success) throw new GrymError('GRYM_CLIP_UNKNOWN', { clip: hash.slice(0, 80) });
    const path = this.options.clipPath(hash);
    const { size } = await stat(path);
    return reply.type('audio/wav').header('content-length', size).header('cache-control', 'immutable').send(createReadStream(path));
  }

  #sendError(reply: FastifyReply, error: unknown): void {
    const known = isGrymError(error) ? error : fromFastify(error);
    const status = STATUS_OF_CODE[known.code] ?? STATUS_OF_KIND[known.kind];
    if (status === 500) this.options.logger.error('HTTP request failed', { error });
    void reply.status(status).send({ error: known.toWire() });
  }
}

/** What fastify finds wrong with a request (no JSON, too large) is the client's mistake, not an internal one. */
function fromFastify(error: unknown): GrymError {
  const isClientMistake = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;
  return isClientMistake ? new GrymError('GRYM_MESSAGE_MALFORMED', { reason: error.message }, { cause: error }) : toGrymError(error);
}
