import type {
  AttachedSegment,
  AudioPath,
  BridgeDirectory,
  BridgeInfo,
  CaptureSource,
  CaptureSources,
  LaunchOutcome,
  LaunchWhen,
  SegmentCommand,
  SegmentEvent,
  StopOutcome,
} from '../../audio/index.js';
import { GrymError, newUuid, toGrymError, withDeadline, type Clock, type Logger } from '../../kernel/index.js';
import { SLOT_COUNT, type BridgeFacts, type ClipReference, type DaemonMessage, type SlotReport } from '../../../protocol/index.js';
import { asAnnounced } from './announced-segment.js';
import { BridgeRecord, type BridgeLink, type Naming, type PendingChange } from './bridge-record.js';
import { CommandReplies } from './command-replies.js';
import type { EventHub } from './event-hub.js';

/** Bridges that went away and are still listed; the one gone longest is forgotten first. */
const MAXIMUM_ABSENT_BRIDGES = 64;
/** A plugin replies within a block, its events come each 20 ms: what has not come by then will not come soon. */
const REPLY_MS = 150;

export interface ConnectedBridgesOptions {
  readonly audioPath: AudioPath;
  readonly events: EventHub;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly slotDeadlineMs: number;
  readonly naming: Naming;
  /** Told every report of a bridge. */
  readonly onReport: (bridgeId: string, reports: readonly SlotReport[]) => void;
  /** Told when a bridge has gone and its segment was let go. */
  readonly onGone: () => void;
}

/** A bridge whose id is settled but that has not been told yet. */
export interface AdmittedBridge {
  readonly bridgeId: string;
  open(link: BridgeLink): BridgeConnection;
}

/** What the connection of a bridge hands in. */
export interface BridgeConnection {
  readonly bridgeId: string;
  update(facts: BridgeFacts): void;
  report(slots: readonly SlotReport[]): void;
  disconnect(): void;
}

/** The bridges there are: who is connected, their segments, their slots. */
export class ConnectedBridges implements BridgeDirectory, CaptureSources {
  readonly #records = new Map<string, BridgeRecord>();
  readonly #bySegment = new Map<string, BridgeRecord>();
  readonly #connectedListeners = new Set<(bridgeId: string) => void>();
  readonly #stopEvents: () => void;
  readonly #replies: CommandReplies;

  constructor(private readonly options: ConnectedBridgesOptions) {
    this.#replies = new CommandReplies(options.clock.nowMs());
    this.#stopEvents = options.audioPath.onEvents((segment, events) => this.#onSegmentEvents(segment, events));
  }

  dispose(): void {
    this.#stopEvents();
    for (const record of this.#records.values()) this.#detach(record);
    this.#records.clear();
  }

  list(): BridgeInfo[] {
    return [...this.#records.values()].map((record) => record.info(this.options.naming));
  }

  resolve(nameOrId: string): BridgeInfo {
    const wanted = nameOrId.toLowerCase();
    const records = [...this.#records.values()];
    const exact = records.filter((record) => record.bridgeId === wanted);
    const named = records.filter((record) => record.name.toLowerCase() === wanted);
    const short = wanted.length < 4 ? [] : records.filter((record) => record.bridgeId.startsWith(wanted));
    const candidates = [exact, named.filter((record) => record.link !== null), named, short].find((found) => found.length > 0) ?? [];
    const [only, second] = candidates;
    if (only === undefined) throw new GrymError('GRYM_BRIDGE_UNKNOWN', { bridge: nameOrId, known: describe(records) });
    if (second !== undefined) throw new GrymError('GRYM_BRIDGE_AMBIGUOUS', { count: candidates.length, known: describe(candidates) });
    return only.info(this.options.naming);
  }

  onConnected(listener: (bridgeId: string) => void): () => void {
    this.#connectedListeners.add(listener);
    return () => void this.#connectedListeners.delete(listener);
  }

  loadSlot(bridgeId: string, slot: number, clip: ClipReference, revision: number, signal: AbortSignal): Promise<void> {
    return this.#change(bridgeId, slot, 'ready', { type: 'load-slot', slot, revision, clip }, revision, signal);
  }

  clearSlot(bridgeId: string, slot: number, revision: number, signal: AbortSignal): Promise<void> {
    return this.#change(bridgeId, slot, 'empty', { type: 'clear-slot', slot, revision }, revision, signal);
  }

  captureOf(bridgeId: string): CaptureSource {
    const record = this.#reachable(bridgeId);
    const source = record.captureSource();
    if (source !== null) return source;
    throw new GrymError('GRYM_CAPTURE_OFF', { bridge: record.name, reason: record.whyNoSegment });
  }

  async launch(bridgeId: string, slot: number, when: LaunchWhen): Promise<LaunchOutcome> {
    const record = this.#reachable(bridgeId);
    if (record.reportOf(slot).state !== 'ready') throw new GrymError('GRYM_SLOT_EMPTY', { bridge: record.name, slot });
    const reply = await this.#command(record, { kind: 'launch', slot, when, id: this.#replies.nextId() });
    if (reply === null) return 'not-confirmed';
    return reply.kind === 'armed' ? 'armed' : 'launched';
  }

  async stop(bridgeId: string, slot: number | 'all', when: LaunchWhen): Promise<StopOutcome> {
    const record = this.#reachable(bridgeId);
    const id = this.#replies.nextId();
    const reply = await this.#command(record, slot === 'all' ? { kind: 'stop-all', when, id } : { kind: 'stop', slot, when, id });
    if (reply !== null) return 'stopped';
    return record.segment?.status().queuedCommands === 0 ? 'taken' : 'not-confirmed';
  }

  /**
   * Settles the id of a bridge that identifies itself. A copied track or a preset brings an id that is alive already: it gets
   * a new one. The same plugin instance that comes back before its old connection was seen to end takes its place.
   */
  admit(facts: BridgeFacts): AdmittedBridge {
    const known = this.#records.get(facts.bridgeId);
    const duplicate = known !== undefined && known.link !== null && !isSameInstance(known.facts, facts);
    const bridgeId = duplicate ? newUuid() : facts.bridgeId;
    return { bridgeId, open: (link) => this.#open(bridgeId, facts, link) };
  }

  /** Publishes the input's peaks of every bridge, where somebody listens to them. */
  publishMeters(): void {
    if (!this.options.events.isWanted('meters')) return;
    for (const record of this.#records.values()) {
      const peaks = record.takePeaks();
      if (peaks !== null) this.options.events.publish('meters', 'peak', { bridgeId: record.bridgeId, ...peaks });
    }
  }

  #open(bridgeId: string, announced: BridgeFacts, link: BridgeLink): BridgeConnection {
    const { events, logger } = this.options;
    const facts = { ...announced, bridgeId };
    let record = this.#records.get(bridgeId);
    if (record === undefined) {
      record = new BridgeRecord(bridgeId, facts);
      this.#records.set(bridgeId, record);
    } else {
      const earlier = record.link;
      record.link = null;
      record.reconnects += 1;
      earlier?.close('bridgeReplaced', new GrymError('GRYM_BRIDGE_REPLACED', { bridge: record.name }));
    }
    const opened = record;
    opened.facts = facts;
    opened.link = link;
    opened.replaceReports(facts.slots);
    this.#attach(opened, announced.bridgeId);
    this.options.onReport(bridgeId, facts.slots);
    logger.info('bridge connected', { bridge: opened.name, bridgeId, host: facts.host, sampleRate: facts.sampleRate });
    events.publish('bridges', 'connected', { bridgeId, name: opened.name });
    for (const listener of this.#connectedListeners) listener(bridgeId);
    return {
      bridgeId,
      update: (changed) => this.#update(opened, link, changed),
      report: (slots) => this.#report(opened, link, slots),
      disconnect: () => this.#disconnect(opened, link),
    };
  }

  #update(record: BridgeRecord, link: BridgeLink, announced: BridgeFacts): void {
    if (record.link !== link) return;
    record.facts = { ...announced, bridgeId: record.bridgeId };
    this.#attach(record, announced.bridgeId);
    this.#report(record, link, announced.slots);
    this.options.events.publish('bridges', 'changed', { bridgeId: record.bridgeId, name: record.name });
  }

  #report(record: BridgeRecord, link: BridgeLink, slots: readonly SlotReport[]): void {
    if (record.link !== link) return;
    record.report(slots);
    this.options.onReport(record.bridgeId, slots);
    for (const report of slots) {
      settle(record, report);
      this.options.events.publish('slots', 'reported', { bridgeId: record.bridgeId, ...report });
    }
  }

  #disconnect(record: BridgeRecord, link: BridgeLink): void {
    if (record.link !== link) return;
    record.link = null;
    record.disconnectedAtMs = this.options.clock.monotonicMs();
    this.#detach(record);
    for (const change of [...record.pending.values()]) change.reject(new GrymError('GRYM_BRIDGE_ABSENT', { bridge: record.name }));
    this.options.logger.info('bridge disconnected', { bridge: record.name, bridgeId: record.bridgeId });
    this.options.events.publish('bridges', 'disconnected', { bridgeId: record.bridgeId, name: record.name });
    this.#forgetOldest();
    this.options.onGone();
  }

  #forgetOldest(): void {
    const absent = [...this.#records.values()].filter((record) => record.link === null);
    if (absent.length <= MAXIMUM_ABSENT_BRIDGES) return;
    const oldest = absent.reduce((a, b) => (a.disconnectedAtMs <= b.disconnectedAtMs ? a : b));
    this.#records.delete(oldest.bridgeId);
  }

  /**
   * Follows the facts: a new segment (another sample rate) replaces the old one; a segment that cannot be believed is told. A
   * plugin that was given another id makes a new segment for it; until then its header has the id that it announced.
   */
  #attach(record: BridgeRecord, announcedId: string): void {
    const wanted = record.facts.segment;
    if (
      record.segment !== null &&
      wanted !== null &&
      record.segment.name === wanted.name &&
      record.segment.generation === wanted.generation
    )
      return;
    this.#detach(record);
    record.attachProblem = null;
    if (wanted === null) return;
    try {
      record.segment = asAnnounced(this.options.audioPath.attach(wanted.name), record.facts, [announcedId, record.bridgeId]);
      this.#bySegment.set(wanted.name, record);
    } catch (error) {
      const problem = toGrymError(error);
      record.attachProblem = `${problem.code}: ${problem.message}`;
      this.options.logger.warn('audio segment not attached', { bridge: record.name, segment: wanted.name, error: problem });
      this.options.events.publish('bridges', 'segment-refused', { bridgeId: record.bridgeId, problem: record.attachProblem });
    }
  }

  #detach(record: BridgeRecord): void {
    if (record.segment === null) return;
    this.#bySegment.delete(record.segment.name);
    record.segment.detach();
    record.segment = null;
  }

  #reachable(bridgeId: string): BridgeRecord {
    const record = this.#records.get(bridgeId);
    if (record === undefined) {
      throw new GrymError('GRYM_BRIDGE_UNKNOWN', { bridge: bridgeId, known: describe([...this.#records.values()]) });
    }
    if (record.link === null) throw new GrymError('GRYM_BRIDGE_ABSENT', { bridge: record.name });
    return record;
  }

  async #command(record: BridgeRecord, command: SegmentCommand): Promise<SegmentEvent | null> {
    this.#push(record, command);
    const reply = await this.#replies.of(command.id, REPLY_MS);
    if (reply?.kind === 'refused') throw refusal(record.name, command, reply);
    return reply;
  }

  #push(record: BridgeRecord, command: SegmentCommand): void {
    if (record.segment === null) {
      throw new GrymError('GRYM_BRIDGE_WITHOUT_SEGMENT', { bridge: record.name, reason: record.whyNoSegment });
    }
    if (!record.segment.pushCommand(command)) throw new GrymError('GRYM_BRIDGE_NOT_PROCESSING', { bridge: record.name });
  }

  async #change(
    bridgeId: string,
    slot: number,
    wanted: 'ready' | 'empty',
    message: DaemonMessage,
    revision: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (!Number.isInteger(slot) || slot < 0 || slot >= SLOT_COUNT) throw new GrymError('GRYM_SLOT_INVALID', { slot });
    const record = this.#reachable(bridgeId);
    const what = `changing slot ${slot} of ${record.name}`;
    await withDeadline({ milliseconds: this.options.slotDeadlineMs, what, signal }, (inner) =>
      awaitReport(record, slot, { revision, wanted }, inner, () => record.link?.send(message)),
    );
  }

  #onSegmentEvents(segment: AttachedSegment, events: readonly SegmentEvent[]): void {
    const record = this.#bySegment.get(segment.name);
    if (record === undefined || record.segment !== segment) return;
    for (const event of events) {
      this.#onSegmentEvent(record, event);
      this.#replies.hear(event);
    }
  }

  #onSegmentEvent(record: BridgeRecord, event: SegmentEvent): void {
    const { bridgeId } = record;
    const { events } = this.options;
    const { slot, frame, songQuarters } = event;
    switch (event.kind) {
      case 'armed':
      case 'launched':
      case 'disarmed':
      case 'slot-ended':
      case 'paused':
      case 'resumed':
        record.hear(slot, event.kind);
        events.publish('slots', event.kind, { bridgeId, slot, frame, songQuarters });
        return;
      case 'off-tempo':
        record.hearOffTempo(slot, event.offTempo);
        events.publish('slots', event.kind, { bridgeId, slot, frame, songQuarters, offTempo: event.offTempo });
        return;
      case 'refused':
        events.publish('slots', 'refused', { bridgeId, slot, reason: event.reason });
        return;
      case 'note':
        events.publish('slots', 'note', { bridgeId, status: event.status, key: event.key, velocity: event.velocity });
        return;
      case 'macro-moved':
        events.publish('macros', 'moved', { bridgeId, macro: event.macro, value: event.value });
        return;
      case 'late-call':
        record.lateCalls += 1;
        events.publish('bridges', 'late-call', { bridgeId, lateMs: event.milliseconds });
        return;
    }
  }
}

function refusal(bridge: string, command: SegmentCommand, event: Extract<SegmentEvent, { kind: 'refused' }>): GrymError {
  const { slot, reason } = event;
  if (reason === 'slot-empty') return new GrymError('GRYM_SLOT_EMPTY', { bridge, slot });
  if (reason === 'no-musical-position') return new GrymError('GRYM_NO_MUSICAL_POSITION', { bridge, slot });
  const why = reason === 'malformed' ? 'it could not read it' : 'for a reason that this daemon does not know';
  return new GrymError('GRYM_COMMAND_REFUSED', { bridge, command: command.kind, reason: why });
}

function isSameInstance(a: BridgeFacts, b: BridgeFacts): boolean {
  return a.processId === b.processId && a.segment !== null && b.segment !== null && a.segment.name === b.segment.name;
}

function describe(records: readonly BridgeRecord[]): string {
  if (records.length === 0) return 'none';
  const words = records.map(
    (record) => `"${record.name}" (${record.bridgeId.slice(0, 8)}${record.link === null ? ', not connected' : ''})`,
  );
  return words.join(', ');
}

function settle(record: BridgeRecord, report: SlotReport): void {
  const change = record.pending.get(report.slot);
  if (change === undefined || report.revision !== change.revision) return;
  if (report.state === change.wanted) change.resolve();
  else if (report.state === 'failed') {
    const reason = report.problem ?? 'the plugin gave no reason';
    change.reject(new GrymError('GRYM_SLOT_FAILED', { bridge: record.name, slot: report.slot, reason }));
  }
}

/** Sends a change and waits for the bridge's report of the same revision; a later change of the slot overtakes it. */
function awaitReport(
  record: BridgeRecord,
  slot: number,
  expected: Pick<PendingChange, 'revision' | 'wanted'>,
  signal: AbortSignal,
  send: () => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const earlier = record.pending.get(slot);
    const done = (): void => {
      if (record.pending.get(slot) === change) record.pending.delete(slot);
      signal.removeEventListener('abort', done);
    };
    const change: PendingChange = {
      ...expected,
      resolve: () => {
        done();
        resolve();
      },
      reject: (error) => {
        done();
        reject(error);
      },
    };
    earlier?.reject(new GrymError('GRYM_SLOT_FAILED', { bridge: record.name, slot, reason: 'a later change of the slot overtook it' }));
    record.pending.set(slot, change);
    signal.addEventListener('abort', done, { once: true });
    send();
  });
}
