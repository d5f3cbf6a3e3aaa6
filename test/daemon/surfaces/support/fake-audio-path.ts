import type {
  AttachedSegment,
  AudioPath,
  SegmentCommand,
  SegmentEvent,
  SegmentEventListener,
  SegmentStatus,
} from '../../../../daemon/audio/index.js';
import { GrymError } from '../../../../daemon/kernel/index.js';
import { sharedMemory, type SegmentHeader } from './shared-memory.js';

export const STOPPED_TRANSPORT: SegmentStatus['transport'] = {
  frame: 0,
  playing: false,
  offline: false,
  songFrame: 0,
  ageMilliseconds: 1,
  musical: { songQuarters: 0, tempoBpm: 97, numerator: 3, denominator: 4, barStartQuarters: 0, barNumber: 0 },
  loop: null,
};

export class FakeSegment implements AttachedSegment {
  readonly bridgeId: string;
  readonly bytes: number;
  readonly sampleRate = 48_000;
  readonly maximumBlock = 512;
  readonly generation: number;
  readonly captureFrames: number;
  readonly pluginProcessId: number;
  readonly commands: SegmentCommand[] = [];
  detached = false;
  full = false;
  transport: SegmentStatus['transport'] = STOPPED_TRANSPORT;
  /** Whether the host processes audio: else commands stay in the ring. */
  processing = true;
  /** What the plugin says to a command, a moment later. */
  reply: (command: SegmentCommand) => SegmentEvent[] = () => [];

  constructor(
    readonly name: string,
    header: SegmentHeader,
    private readonly emit: (...events: SegmentEvent[]) => void,
  ) {
    this.bridgeId = header.bridgeId;
    this.bytes = header.bytes;
    this.generation = header.generation;
    this.captureFrames = header.captureFrames;
    this.pluginProcessId = header.pluginProcessId;
  }

  pushCommand(command: SegmentCommand): boolean {
    if (this.full) return false;
    this.commands.push(command);
    if (this.processing) setImmediate(() => this.emit(...this.reply(command)));
    return true;
  }

  status(): SegmentStatus {
    if (this.detached) throw new GrymError('GRYM_SEGMENT_DETACHED', { segment: this.name });
    return {
      state: 'attached',
      problem: null,
      frames: 0,
      captureBegin: 0,
      captureEnd: 0,
      transport: this.transport,
      pluginHeartbeatAgeMilliseconds: 1,
      eventsDropped: 0,
      eventsLost: 0,
      malformedRecords: 0,
      inconsistencies: 0,
      commandFaults: 0,
      queuedCommands: this.processing ? 0 : this.commands.length,
      peaks: { left: 0.5, right: 0.25 },
    };
  }

  readCapture(): 'no-capture' {
    return 'no-capture';
  }

  detach(): void {
    this.detached = true;
  }
}

/** Segments in memory. A name in `refused` cannot be attached, as a hostile header cannot. */
export class FakeAudioPath implements AudioPath {
  readonly segments: FakeSegment[] = [];
  readonly refused = new Set<string>();
  readonly #listeners = new Set<SegmentEventListener>();

  attach(name: string): FakeSegment {
    if (this.refused.has(name)) throw new GrymError('GRYM_SEGMENT_INVALID', { segment: name, reason: 'magic is wrong' });
    const header = sharedMemory.get(name);
    if (header === undefined) throw new GrymError('GRYM_SEGMENT_ABSENT', { segment: name, reason: 'nobody has made it' });
    const segment = new FakeSegment(name, header, (...events) => this.emit(name, ...events));
    this.segments.push(segment);
    return segment;
  }

  segment(name: string): FakeSegment {
    const found = this.segments.findLast((segment) => segment.name === name);
    if (found === undefined) throw new Error(`no segment ${name} was attached`);
    return found;
  }

  emit(name: string, ...events: SegmentEvent[]): void {
    for (const listener of this.#listeners) listener(this.segment(name), events);
  }

  onEvents(listener: SegmentEventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async reapOrphans(): Promise<[]> {
    return [];
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
