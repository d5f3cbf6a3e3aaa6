import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  decodeClientMessage,
  encodeMessage,
  PROTOCOL_VERSIONS,
  SUBPROTOCOLS,
  type BridgeFacts,
  type ClientMessage,
  type DaemonMessage,
} from '../../../protocol/index.js';

const WAIT_MS = 10_000;
export const TOKEN = '0123456789abcdef'.repeat(4);

/** What a daemon leaves in the runtime folder; the folder outlives the daemons that share it. */
export class RuntimeFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'grym-plugin-runtime-'));
  readonly clipFolder = join(this.path, 'clips');

  constructor() {
    mkdirSync(this.clipFolder);
  }

  announce(port: number, options: { token?: string; fileMode?: number; tokenMode?: number } = {}): void {
    const tokenPath = join(this.path, 'token');
    writeFileSync(tokenPath, `${options.token ?? TOKEN}\n`);
    chmodSync(tokenPath, options.tokenMode ?? 0o600);
    const fresh = join(this.path, 'daemon.json.new');
    const facts = {
      port,
      processId: process.pid,
      tokenPath,
      protocolVersions: PROTOCOL_VERSIONS,
      daemonVersion: 'fake',
      clipFolder: this.clipFolder,
    };
    writeFileSync(fresh, JSON.stringify(facts));
    chmodSync(fresh, options.fileMode ?? 0o600);
    renameSync(fresh, join(this.path, 'daemon.json'));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The daemon's end of the bridge protocol, with the answers that a test wants. */
export class FakeDaemon {
  readonly messages: ClientMessage[] = [];
  /** Answers `identify`; null closes the connection. */
  bridgeIdFor: (facts: BridgeFacts) => string | null = (facts) => facts.bridgeId;
  /** `identified` is held back until this is resolved. */
  beforeIdentified: Promise<void> = Promise.resolve();
  connectionCount = 0;
  private socket: WebSocket | null = null;
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly server: WebSocketServer,
    readonly port: number,
    private readonly clipFolder: string,
  ) {
    server.on('connection', (socket) => this.take(socket));
  }

  static async start(folder: RuntimeFolder, port = 0, announce = true): Promise<FakeDaemon> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/ws', handleProtocols: () => SUBPROTOCOLS.msgpack });
    await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const daemon = new FakeDaemon(server, address.port, folder.clipFolder);
    if (announce) folder.announce(address.port);
    return daemon;
  }

  private take(socket: WebSocket): void {
    this.socket = socket;
    this.connectionCount += 1;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = decodeClientMessage(data, SUBPROTOCOLS.msgpack);
      this.messages.push(message);
      if (message.type === 'identify') void this.beforeIdentified.then(() => this.identify(message.bridge, socket));
      for (const check of [...this.waiting]) check();
    });
    this.send({ type: 'hello', daemonVersion: 'fake', protocolVersions: [...PROTOCOL_VERSIONS] });
  }

  private identify(facts: BridgeFacts | null, socket: WebSocket): void {
    if (facts === null) throw new Error('a bridge was expected');
    const bridgeId = this.bridgeIdFor(facts);
    const answer: DaemonMessage = { type: 'identified', protocolVersion: 1, sessionId: 's', bridgeId, clipFolder: this.clipFolder };
    if (bridgeId === null) socket.close(4003);
    else socket.send(encodeMessage(answer, SUBPROTOCOLS.msgpack));
  }

  send(message: DaemonMessage): void {
    this.sendBytes(encodeMessage(message, SUBPROTOCOLS.msgpack));
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.socket?.send(bytes);
  }

  dropConnection(): void {
    for (const client of this.server.clients) client.terminate();
  }

  /** Resolves as soon as a plugin is connected that may be sent to. */
  async connected(): Promise<void> {
    while (this.socket?.readyState !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** The first message, from number `from` on, that `pick` makes something of. */
  async next<T>(what: string, pick: (message: ClientMessage) => T | undefined, from = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        for (const message of this.messages.slice(from)) {
          const found = pick(message);
          if (found === undefined) continue;
          clearTimeout(timer);
          this.waiting.delete(look);
          resolve(found);
          return;
        }
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`no ${what} within ${String(WAIT_MS)} ms; got ${JSON.stringify(this.messages.slice(from))}`));
      }, WAIT_MS);
      this.waiting.add(look);
      look();
    });
  }

  identified(from = 0): Promise<BridgeFacts> {
    return this.next('identify', (message) => (message.type === 'identify' ? (message.bridge ?? undefined) : undefined), from);
  }

  /** As a process that is killed: no close frame, the port is free at once. */
  async kill(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Takes connections and never says a word, as a daemon that was stopped by SIGSTOP. */
export class FakeStoppedDaemon {
  private readonly sockets = new Set<Socket>();
  connectionCount = 0;
  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connectionCount += 1;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    });
  }

  static async start(port: number): Promise<FakeStoppedDaemon> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.listen(port, '127.0.0.1', resolve).once('error', reject));
    return new FakeStoppedDaemon(server);
  }

  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
