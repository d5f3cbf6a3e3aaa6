import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

/** What the server does with one request. */
export type Behaviour = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A server on a free port that does with each request what it was told to. */
export class ConformanceServer {
  readonly requests: ReceivedRequest[] = [];
  private behaviours: readonly Behaviour[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(...behaviours: readonly Behaviour[]): Promise<ConformanceServer> {
    const server = createServer();
    const conformance = new ConformanceServer(server);
    conformance.behave(...behaviours);
    server.on('request', (message, response) => void conformance.serve(message, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return conformance;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/v1`;
  }

  /** One for each request that comes; the last one stays. What was asked before is forgotten. */
  behave(...behaviours: readonly Behaviour[]): void {
    this.behaviours = behaviours;
    this.requests.length = 0;
  }

  /** Resolves once `count` requests have come. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  async dispose(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(message);
    // What is not JSON alone, such as tensors, is left to who wants it.
    const isJson = message.headers['content-type'] === 'application/json';
    const body = (isJson ? JSON.parse(bytes.toString('utf8')) : {}) as Record<string, unknown>;
    const request = { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body, bytes };
    const behaviour = this.behaviours[Math.min(this.requests.length, this.behaviours.length - 1)];
    this.requests.push(request);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
    await behaviour?.(request, response);
  }
}
