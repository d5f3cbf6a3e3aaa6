import { WebSocket, type RawData } from 'ws';
import { GrymError, messageOf } from '../../kernel/index.js';
import {
  CLOSE_CODES,
  decodeDaemonMessage,
  encodeMessage,
  PROTOCOL_VERSIONS,
  ProtocolError,
  SUBPROTOCOLS,
  type ClientMessage,
  type DaemonMessage,
  type EventClass,
  type WireError,
} from '../../../protocol/index.js';

const SUBPROTOCOL = SUBPROTOCOLS.msgpack;
const CONNECT_DEADLINE_MS = 5_000;

/** An error that the daemon replied with; its code is one of the daemon's catalogue, which may be newer than ours. */
export class RemoteError extends Error {
  constructor(readonly wire: WireError) {
    super(wire.message);
    this.name = 'RemoteError';
  }
}

export interface ClientOptions {
  readonly port: number;
  readonly token: string;
  readonly clientName: string;
  readonly clientVersion: string;
  readonly subscribe?: readonly EventClass[];
}

export interface RequestOptions {
  /** Cancels the request on the daemon; the promise then rejects with the daemon's reply. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number, stage: string) => void) | undefined;
}

interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((fraction: number, stage: string) => void) | undefined;
}

type EventMessage = Extract<DaemonMessage, { type: 'event' }>;

/** A program's end of the protocol: identifies itself, sends requests, hears progress and events. */
export class DaemonClient {
  readonly #pending = new Map<number, PendingRequest>();
  readonly #eventListeners = new Set<(event: EventMessage) => void>();
  readonly #closed: Promise<string>;
  #nextId = 1;
  #endReason: string | null = null;

  private constructor(private readonly socket: WebSocket) {
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#endReason = reason.toString('utf8') || `close code ${code}`;
        for (const request of this.#pending.values()) request.reject(new GrymError('GRYM_DAEMON_LOST', { reason: this.#endReason }));
        this.#pending.clear();
        resolve(this.#endReason);
      });
    });
    socket.on('message', (data, isBinary) => this.#onData(data, isBinary));
  }

  /** Connects and identifies; rejects with the typed reason where the daemon refuses. */
  static connect(options: ClientOptions): Promise<DaemonClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${options.port}/ws`, SUBPROTOCOL, {
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_DEADLINE_MS,
    });
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(timer);
        socket.terminate();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new GrymError('GRYM_DEADLINE_EXCEEDED', { what: 'connecting to the daemon', milliseconds: CONNECT_DEADLINE_MS })),
        CONNECT_DEADLINE_MS,
      );
      socket.on('error', (error) => fail(new GrymError('GRYM_DAEMON_LOST', { reason: messageOf(error) }, { cause: error })));
      const onRefused = (code: number, reason: Buffer): void => fail(refusal(code, reason.toString('utf8')));
      const onHandshake = (data: RawData, isBinary: boolean): void => {
        let message: DaemonMessage;
        try {
          message = decode(data, isBinary);
        } catch (error) {
          return fail(new GrymError('GRYM_MESSAGE_MALFORMED', { reason: messageOf(error) }, { cause: error }));
        }
        if (message.type === 'hello') socket.send(encodeMessage(identify(options), SUBPROTOCOL));
        if (message.type !== 'identified') return;
        clearTimeout(timer);
        socket.off('message', onHandshake);
        socket.off('close', onRefused);
        resolve(new DaemonClient(socket));
      };
      socket.on('message', onHandshake);
      socket.on('close', onRefused);
    });
  }

  /** Resolves with the reason when the connection has ended. */
  get closed(): Promise<string> {
    return this.#closed;
  }

  onEvent(listener: (event: EventMessage) => void): () => void {
    this.#eventListeners.add(listener);
    return () => void this.#eventListeners.delete(listener);
  }

  request(action: string, params: Record<string, unknown>, options: RequestOptions = {}): Promise<unknown> {
    if (this.#endReason !== null) return Promise.reject(new GrymError('GRYM_DAEMON_LOST', { reason: this.#endReason }));
    const id = this.#nextId++;
    const { signal, onProgress } = options;
    const onAbort = (): void => this.#send({ type: 'cancel', id });
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        onProgress,
        resolve: (result) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(result);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      });
      this.#send({ type: 'request', id, action, params });
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    const cut = setTimeout(() => this.socket.terminate(), 500);
    await this.#closed;
    clearTimeout(cut);
  }

  #send(message: ClientMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(encodeMessage(message, SUBPROTOCOL));
  }

  #onData(data: RawData, isBinary: boolean): void {
    try {
      this.#onMessage(decode(data, isBinary));
    } catch (error) {
      // A newer daemon may send messages of types that this client does not know.
      if (!(error instanceof ProtocolError && error.reason === 'type')) this.socket.close(CLOSE_CODES.badMessage, 'not a message');
    }
  }

  #onMessage(message: DaemonMessage): void {
    if (message.type === 'event') {
      for (const listener of this.#eventListeners) listener(message);
      return;
    }
    if (message.type !== 'progress' && message.type !== 'reply') return;
    const request = this.#pending.get(message.id);
    if (request === undefined) return;
    if (message.type === 'progress') {
      request.onProgress?.(message.fraction, message.stage);
      return;
    }
    this.#pending.delete(message.id);
    if (message.error === undefined) request.resolve(message.result);
    else request.reject(new RemoteError(message.error));
  }
}

function identify(options: ClientOptions): ClientMessage {
  return {
    type: 'identify',
    token: options.token,
    protocolVersions: [...PROTOCOL_VERSIONS],
    clientName: options.clientName,
    clientVersion: options.clientVersion,
    bridge: null,
    subscribe: [...(options.subscribe ?? [])],
  };
}

function refusal(code: number, reason: string): GrymError {
  if (code === CLOSE_CODES.wrongToken) return new GrymError('GRYM_TOKEN_WRONG', {});
  return new GrymError('GRYM_DAEMON_LOST', { reason: reason || `close code ${code}` });
}

function decode(data: RawData, isBinary: boolean): DaemonMessage {
  const buffer = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
  return decodeDaemonMessage(isBinary ? buffer : buffer.toString('utf8'), SUBPROTOCOL);
}
