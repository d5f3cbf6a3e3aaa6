import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { GrymError } from '../../kernel/index.js';
import { MAXIMUM_MESSAGE_BYTES, PROTOCOL_VERSIONS, SUBPROTOCOLS, type Subprotocol } from '../../../protocol/index.js';
import { checkAddress } from '../access/index.js';
import { ClientSession, type SessionServices } from './client-session.js';

const PATH = '/ws';
const MAXIMUM_CLIENTS = 128;
const KNOWN_SUBPROTOCOLS: readonly string[] = Object.values(SUBPROTOCOLS);

/** Takes WebSocket connections on the daemon's HTTP server. */
export class SocketEndpoint {
  readonly #sessions = new Set<ClientSession>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    // Compression would cost memory for each client and let a small message unpack into a large one.
    perMessageDeflate: false,
    maxPayload: MAXIMUM_MESSAGE_BYTES,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => this.#upgrade(request, socket, head);

  constructor(
    private readonly server: Server,
    private readonly portOf: () => number,
    private readonly services: SessionServices,
  ) {
    server.on('upgrade', this.#onUpgrade);
  }

  get clientCount(): number {
    return this.#sessions.size;
  }

  /** Messages left out so far because clients read too slowly. */
  get dropped(): { readonly event: number; readonly bulk: number } {
    const counts = { event: 0, bulk: 0 };
    for (const session of this.#sessions) {
      counts.event += session.dropped.event;
      counts.bulk += session.dropped.bulk;
    }
    return counts;
  }

  /** Tells every client that the daemon goes away. */
  dispose(): void {
    this.server.off('upgrade', this.#onUpgrade);
    for (const session of [...this.#sessions]) session.close('shuttingDown', new GrymError('GRYM_SHUTTING_DOWN', {}));
    this.#webSockets.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes over, nobody else listens for the errors of this connection.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      refuse(socket, refusal.status, refusal.error);
      return;
    }
    const subprotocol = chooseSubprotocol(offeredBy(request));
    if (subprotocol === null) {
      const client = request.headers['sec-websocket-protocol'] ?? 'none';
      const daemon = `${PROTOCOL_VERSIONS.join(', ')} (${KNOWN_SUBPROTOCOLS.join(', ')})`;
      refuse(socket, '400 Bad Request', new GrymError('GRYM_PROTOCOL_UNSUPPORTED', { daemon, client: client.slice(0, 200) }));
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', onError);
      const session = new ClientSession(webSocket, subprotocol, this.services, () => this.#sessions.delete(session));
      this.#sessions.add(session);
    });
  }

  #refusal(request: IncomingMessage): { status: string; error: GrymError } | null {
    const verdict = checkAddress(request.headers, this.portOf());
    if (!verdict.allowed) return { status: '403 Forbidden', error: new GrymError('GRYM_ADDRESS_FORBIDDEN', { reason: verdict.reason }) };
    if (request.url?.split('?')[0] !== PATH) {
      return { status: '404 Not Found', error: new GrymError('GRYM_ADDRESS_FORBIDDEN', { reason: `the WebSocket is at ${PATH}` }) };
    }
    if (this.#sessions.size >= MAXIMUM_CLIENTS) {
      return { status: '503 Service Unavailable', error: new GrymError('GRYM_CLIENTS_TOO_MANY', { count: MAXIMUM_CLIENTS }) };
    }
    return null;
  }
}

function offeredBy(request: IncomingMessage): Set<string> {
  return new Set((request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()));
}

function chooseSubprotocol(offered: Set<string>): Subprotocol | null {
  if (offered.has(SUBPROTOCOLS.msgpack)) return SUBPROTOCOLS.msgpack;
  return offered.has(SUBPROTOCOLS.json) ? SUBPROTOCOLS.json : null;
}

function refuse(socket: Duplex, status: string, error: GrymError): void {
  const body = JSON.stringify({ error: error.toWire() });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}
