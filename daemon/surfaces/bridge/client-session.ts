import type { RawData, WebSocket } from 'ws';
import type { ActionDispatcher, Caller } from '../../actions/index.js';
import { GrymError, messageOf, newUuid, type Clock, type Logger } from '../../kernel/index.js';
import {
  decodeClientMessage,
  encodeMessage,
  IDENTIFY_DEADLINE_MS,
  PROTOCOL_VERSIONS,
  type ClientMessage,
  type CloseCodeName,
  type DaemonMessage,
  type EventClass,
  type Subprotocol,
} from '../../../protocol/index.js';
import type { BridgeConnection, ConnectedBridges } from './connected-bridges.js';
import type { EventHub, HubEvent } from './event-hub.js';
import { closeCode, closeReason, judgeIdentify, type IdentifyMessage } from './handshake.js';
import { DEFAULT_OUTBOX_LIMITS, Outbox, type Importance, type OutboxLimits } from './outbox.js';
import { RateLimit } from './rate-limit.js';
import { Requests } from './requests.js';

export interface SessionLimits {
  readonly identifyDeadlineMs: number;
  readonly heartbeatIntervalMs: number;
  /** A client that has answered no ping for so long is gone. */
  readonly heartbeatDeadlineMs: number;
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  readonly maximumParallelRequests: number;
  /** Messages a client may send that cannot be taken, before it is closed. */
  readonly maximumMalformedMessages: number;
  /** How long a closing client gets to answer before its connection is cut. */
  readonly closeGraceMs: number;
  readonly outbox: OutboxLimits;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  identifyDeadlineMs: IDENTIFY_DEADLINE_MS,
  heartbeatIntervalMs: 5_000,
  heartbeatDeadlineMs: 15_000,
  requestsPerSecond: 200,
  requestBurst: 400,
  maximumParallelRequests: 64,
  maximumMalformedMessages: 32,
  closeGraceMs: 1_000,
  outbox: DEFAULT_OUTBOX_LIMITS,
};

export interface SessionServices {
  readonly token: string;
  readonly daemonVersion: string;
  readonly clipFolder: string;
  readonly actions: ActionDispatcher;
  readonly bridges: ConnectedBridges;
  readonly events: EventHub;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: SessionLimits;
}

type State = 'awaiting-identify' | 'identified' | 'closed';

/** One WebSocket client, from `hello` to its end: a bridge, the command line, or any other program of this user. */
export class ClientSession {
  readonly sessionId = newUuid();
  #state: State = 'awaiting-identify';
  #clientName = 'unidentified';
  #bridge: BridgeConnection | null = null;
  #classes: ReadonlySet<EventClass> = new Set();
  #malformedMessages = 0;
  #lastSignOfLifeMs: number;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #unsubscribe: () => void;

  constructor(
    private readonly socket: WebSocket,
    private readonly subprotocol: Subprotocol,
    private readonly services: SessionServices,
    private readonly onEnd: () => void,
  ) {
    const { limits, clock, events } = services;
    this.#lastSignOfLifeMs = clock.monotonicMs();
    this.#outbox = new Outbox(socket, limits.outbox, (unsentBytes) =>
      this.close('tooSlow', new GrymError('GRYM_CLIENT_TOO_SLOW', { unsentBytes })),
    );
    this.#requests = new Requests({
      actions: services.actions,
      caller: () => this.#caller(),
      rate: new RateLimit(limits.requestsPerSecond, limits.requestBurst, () => clock.monotonicMs()),
      maximumParallel: limits.maximumParallelRequests,
      nowMs: () => clock.monotonicMs(),
      send: (message) => this.#send(message, message.type === 'progress' ? 'event' : 'reply'),
    });
    this.#unsubscribe = events.subscribe({
      wants: (eventClass) => this.#state === 'identified' && this.#classes.has(eventClass),
      onEvent: (event) => this.#onEvent(event),
    });
    socket.on('message', (data, isBinary) => this.#onData(data, isBinary));
    socket.on('pong', () => (this.#lastSignOfLifeMs = clock.monotonicMs()));
    // ws reports a broken frame here and closes by itself; the reason is worth a line, no more.
    socket.on('error', (error) => services.logger.debug('client connection failed', { client: this.#clientName, error }));
    socket.on('close', () => this.#end());
    this.#timers.push(setTimeout(() => this.#onIdentifyDeadline(), limits.identifyDeadlineMs));
    this.#timers.push(setInterval(() => this.#heartbeat(), limits.heartbeatIntervalMs));
    this.#send({ type: 'hello', daemonVersion: services.daemonVersion, protocolVersions: [...PROTOCOL_VERSIONS] }, 'reply');
  }

  /** Events and meters left out because this client read too slowly. */
  get dropped(): Readonly<{ event: number; bulk: number }> {
    return this.#outbox.dropped;
  }

  close(name: CloseCodeName, error: GrymError): void {
    if (this.#state === 'closed') return;
    this.services.logger.info('client closed', { client: this.#clientName, code: error.code, reason: error.message });
    this.socket.close(closeCode(name), closeReason(error));
    const cut = setTimeout(() => this.socket.terminate(), this.services.limits.closeGraceMs);
    this.socket.once('close', () => clearTimeout(cut));
    this.#end();
  }

  #end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const timer of this.#timers) clearTimeout(timer);
    this.#unsubscribe();
    this.#requests.cancelAll(`the client ${this.#clientName} went away`);
    this.#bridge?.disconnect();
    this.onEnd();
  }

  #caller(): Caller {
    return { surface: 'websocket', clientName: this.#clientName, bridgeId: this.#bridge?.bridgeId ?? null };
  }

  #send(message: DaemonMessage, importance: Importance): void {
    if (this.#state === 'closed') return;
    let data: Buffer | string;
    try {
      data = encodeMessage(message, this.subprotocol);
    } catch (error) {
      // Only a reply's result can be too large; the request is still owed its one reply.
      this.services.logger.warn('message not encodable', { type: message.type, error });
      if (message.type !== 'reply') return;
      const replacement = new GrymError('GRYM_RESULT_UNSENDABLE', { reason: messageOf(error) }, { cause: error });
      data = encodeMessage({ type: 'reply', id: message.id, error: replacement.toWire() }, this.subprotocol);
    }
    this.#outbox.send(data, importance);
  }

  #onEvent(event: HubEvent): void {
    this.#send(
      { type: 'event', class: event.class, name: event.name, data: { ...event.data } },
      event.class === 'meters' ? 'bulk' : 'event',
    );
  }

  #onIdentifyDeadline(): void {
    if (this.#state !== 'awaiting-identify') return;
    this.close('identifyTimeout', new GrymError('GRYM_IDENTIFY_TIMEOUT', { milliseconds: this.services.limits.identifyDeadlineMs }));
  }

  #heartbeat(): void {
    const silentMs = this.services.clock.monotonicMs() - this.#lastSignOfLifeMs;
    if (silentMs > this.services.limits.heartbeatDeadlineMs) {
      this.services.logger.warn('client answers no ping', { client: this.#clientName, silentMs: Math.round(silentMs) });
      this.socket.terminate();
      this.#end();
      return;
    }
    this.socket.ping();
  }

  #onData(data: RawData, isBinary: boolean): void {
    if (this.#state === 'closed') return;
    this.#lastSignOfLifeMs = this.services.clock.monotonicMs();
    let message: ClientMessage;
    try {
      message = decodeClientMessage(wireData(data, isBinary), this.subprotocol);
    } catch (error) {
      this.#onMalformed(messageOf(error));
      return;
    }
    if (this.#state === 'awaiting-identify') this.#onFirstMessage(message);
    else this.#onMessage(message);
  }

  #onMalformed(reason: string): void {
    const error = new GrymError('GRYM_MESSAGE_MALFORMED', { reason });
    this.#malformedMessages += 1;
    if (this.#state === 'awaiting-identify' || this.#malformedMessages > this.services.limits.maximumMalformedMessages) {
      this.close('badMessage', error);
      return;
    }
    this.#send({ type: 'fault', error: error.toWire() }, 'reply');
  }

  #onFirstMessage(message: ClientMessage): void {
    const verdict = judgeIdentify(message, this.services.token);
    if (verdict.accepted) this.#onIdentified(verdict.identify, verdict.protocolVersion);
    else this.close(verdict.close, verdict.error);
  }

  #onIdentified(identify: IdentifyMessage, protocolVersion: number): void {
    this.#state = 'identified';
    this.#clientName = identify.clientName === '' ? 'unnamed' : identify.clientName;
    this.#classes = new Set(identify.subscribe);
    const pending = identify.bridge === null ? null : this.services.bridges.admit(identify.bridge);
    const bridgeId = pending?.bridgeId ?? null;
    this.#send({ type: 'identified', protocolVersion, sessionId: this.sessionId, bridgeId, clipFolder: this.services.clipFolder }, 'reply');
    if (pending === null) return;
    this.#bridge = pending.open({
      send: (message) => this.#send(message, 'reply'),
      close: (name, error) => this.close(name, error),
    });
  }

  #onMessage(message: ClientMessage): void {
    switch (message.type) {
      case 'identify':
        this.close('alreadyIdentified', new GrymError('GRYM_MESSAGE_MALFORMED', { reason: 'identify came a second time' }));
        return;
      case 'subscribe':
        this.#classes = new Set(message.classes);
        return;
      case 'request':
        this.#requests.start(message.id, message.action, message.params);
        return;
      case 'cancel':
        this.#requests.cancel(message.id);
        return;
      case 'bridge-update':
        if (this.#bridge === null) this.#onMalformed('bridge-update came from a client that is no bridge');
        else this.#bridge.update(message.bridge);
        return;
      case 'slot-report':
        if (this.#bridge === null) this.#onMalformed('slot-report came from a client that is no bridge');
        else this.#bridge.report(message.slots);
        return;
    }
  }
}

/** ws hands over one Buffer here, since fragments are joined (`binaryType` nodebuffer). */
function wireData(data: RawData, isBinary: boolean): Buffer | string {
  const buffer = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
  return isBinary ? buffer : buffer.toString('utf8');
}
