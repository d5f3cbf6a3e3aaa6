import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  decodeDaemonMessage,
  encodeMessage,
  SUBPROTOCOLS,
  type BridgeFacts,
  type ClientMessage,
  type DaemonMessage,
  type Subprotocol,
} from '../../../../protocol/index.js';
import { writeHeader } from './shared-memory.js';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client of the protocol that does exactly what it is told, right or wrong. */
export class FakeClient {
  readonly received: DaemonMessage[] = [];
  readonly closed: Promise<Closed>;
  readonly #waiting: { matches: (message: DaemonMessage) => boolean; resolve: (message: DaemonMessage) => void }[] = [];
  #nextId = 1;

  protected constructor(
    readonly socket: WebSocket,
    readonly subprotocol: Subprotocol,
  ) {
    this.closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })));
    socket.on('message', (data: Buffer, isBinary) => {
      const message = decodeDaemonMessage(isBinary ? data : data.toString('utf8'), subprotocol);
      this.received.push(message);
      this.onMessage(message);
      const index = this.#waiting.findIndex(({ matches }) => matches(message));
      if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(message);
    });
    socket.on('error', () => undefined);
  }

  static async open(port: number, options: { subprotocol?: Subprotocol; headers?: Record<string, string> } = {}): Promise<FakeClient> {
    const { subprotocol = SUBPROTOCOLS.msgpack, headers = {} } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, subprotocol, { headers, perMessageDeflate: false });
    const client = new FakeClient(socket, subprotocol);
    await once(socket, 'open');
    return client;
  }

  send(message: ClientMessage): void {
    this.socket.send(encodeMessage(message, this.subprotocol));
  }

  /** The first message of this type, whether it has come already or comes later. */
  async expect<Type extends DaemonMessage['type']>(
    type: Type,
    matches: (message: Extract<DaemonMessage, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<DaemonMessage, { type: Type }>> {
    const fits = (message: DaemonMessage): message is Extract<DaemonMessage, { type: Type }> =>
      message.type === type && matches(message as Extract<DaemonMessage, { type: Type }>);
    const found = this.received.find(fits);
    if (found !== undefined) return found;
    return new Promise((resolve) => {
      this.#waiting.push({ matches: fits, resolve: (message) => fits(message) && resolve(message) });
    });
  }

  async identify(
    token: string,
    options: Partial<Extract<ClientMessage, { type: 'identify' }>> = {},
  ): Promise<Extract<DaemonMessage, { type: 'identified' }>> {
    this.send({
      type: 'identify',
      token,
      protocolVersions: [1],
      clientName: 'test',
      clientVersion: '0',
      bridge: null,
      subscribe: [],
      ...options,
    });
    return this.expect('identified');
  }

  async request(action: string, params: Record<string, unknown> = {}): Promise<Extract<DaemonMessage, { type: 'reply' }>> {
    const id = this.#nextId++;
    this.send({ type: 'request', id, action, params });
    return this.expect('reply', (reply) => reply.id === id);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  protected onMessage(_message: DaemonMessage): void {}
}

export function bridgeFacts(changes: Partial<BridgeFacts> = {}): BridgeFacts {
  const facts: BridgeFacts = {
    bridgeId: '11111111-2222-4333-8444-555555555555',
    pluginFormat: 'clap',
    pluginVersion: '0.1.0',
    host: 'test host',
    track: 'Bass',
    processId: 4711,
    sampleRate: 44_100,
    maximumBlock: 512,
    inputChannels: 2,
    outputChannels: 2,
    segment: segmentFacts('a'),
    segmentProblem: null,
    slots: [],
    ...changes,
  };
  writeHeader(facts);
  return facts;
}

/** `digit` fills the 32 hexadecimal digits of the name. */
export function segmentFacts(digit: string, generation = 1): NonNullable<BridgeFacts['segment']> {
  return { name: `/grym-${digit.repeat(32)}`, bytes: 4096, generation, captureFrames: 48_000 };
}

/** A bridge that answers `load-slot` and `clear-slot` as a plugin does. */
export class FakeBridge extends FakeClient {
  bridgeId = '';
  /** What a load ends in; `silent` never answers. */
  outcome: 'ready' | 'failed' | 'silent' = 'ready';

  static async connect(
    port: number,
    token: string,
    facts: Partial<BridgeFacts> = {},
    subscribe: Parameters<FakeClient['identify']>[1] = {},
  ): Promise<FakeBridge> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, SUBPROTOCOLS.msgpack, { perMessageDeflate: false });
    const bridge = new FakeBridge(socket, SUBPROTOCOLS.msgpack);
    await once(socket, 'open');
    const identified = await bridge.identify(token, { ...subscribe, clientName: 'bridge', bridge: bridgeFacts(facts) });
    bridge.bridgeId = identified.bridgeId ?? '';
    return bridge;
  }

  protected override onMessage(message: DaemonMessage): void {
    if (message.type === 'clear-slot') {
      const { slot, revision } = message;
      this.send({ type: 'slot-report', slots: [{ slot, state: 'empty', hash: null, revision, problem: null }] });
    }
    if (message.type !== 'load-slot' || this.outcome === 'silent') return;
    const { slot, revision, clip } = message;
    const problem = this.outcome === 'failed' ? 'the file is not readable' : null;
    this.send({ type: 'slot-report', slots: [{ slot, state: this.outcome, hash: clip.hash, revision, problem }] });
  }
}
