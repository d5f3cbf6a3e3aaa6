import { constants } from 'node:os';
import { GrymError, makeFolder, messageOf } from '../kernel/index.js';
import {
  loadAudioPathModule,
  type AudioPathModule,
  type CaptureReadFailure,
  type NativeAudioPath,
  type NativeLayout,
  type OrphanReport,
  type SegmentStatus,
} from './audio-path-module.js';
import { fromNativeEvent, toNativeCommand, type SegmentCommand, type SegmentEvent } from './audio-path-records.js';

export type { CaptureReadFailure, OrphanReport, SegmentStatus, SegmentTransport } from './audio-path-module.js';
export type { SegmentCommand, SegmentEvent, SegmentLaunchMode, SegmentRefusal, SegmentWhen } from './audio-path-records.js';

/** One plugin's segment, as the daemon sees it. */
export interface AttachedSegment {
  readonly name: string;
  readonly bridgeId: string;
  readonly bytes: number;
  readonly sampleRate: number;
  readonly maximumBlock: number;
  /** Epoch of the sample rate: a new segment of the same bridge has a higher one. */
  readonly generation: number;
  /** Length of the capture ring; 0 = no capture. */
  readonly captureFrames: number;
  readonly pluginProcessId: number;
  /** False: the ring is full, or the plugin has gone. Throws GRYM_SEGMENT_COMMAND_INVALID, GRYM_SEGMENT_DETACHED. */
  pushCommand(command: SegmentCommand): boolean;
  status(): SegmentStatus;
  /** Interleaved stereo, at most 768,000 frames at a time, or why they are not to be had. */
  readCapture(startFrame: number, frames: number): Float32Array | CaptureReadFailure;
  /** Idempotent. The segment itself is the plugin's and stays. */
  detach(): void;
}

export type SegmentEventListener = (segment: AttachedSegment, events: SegmentEvent[]) => void;

/** The daemon's side of all segments. One for the process; a native thread behind it polls each 20 ms. */
export interface AudioPath {
  /** Throws GRYM_SEGMENT_ABSENT, GRYM_SEGMENT_INVALID, GRYM_SEGMENT_ATTACHED. */
  attach(name: string): AttachedSegment;
  /** Called at most 50 times a second for each segment, in the order in which the plugin wrote. Returns the way to stop. */
  onEvents(listener: SegmentEventListener): () => void;
  /** Saves the capture of every segment whose plugin died as float32 WAV in `saveTo` (made if absent), then removes it. */
  reapOrphans(saveTo: string): Promise<OrphanReport[]>;
  /** Detaches everything and stops the thread. Idempotent. */
  dispose(): void;
}

function attachError(segment: string, error: unknown): GrymError {
  // Not by instanceof: the addon makes its errors in Node's main context, which need not be the caller's.
  const thrown = typeof error === 'object' && error !== null ? error : {};
  const reason = 'message' in thrown ? String(thrown.message) : messageOf(error);
  const errorNumber = 'errorNumber' in thrown ? thrown.errorNumber : 0;
  const { EBUSY, EINVAL, EPROTO } = constants.errno;
  if (errorNumber === EBUSY) return new GrymError('GRYM_SEGMENT_ATTACHED', { segment }, { cause: error });
  if (errorNumber === EINVAL || errorNumber === EPROTO) {
    return new GrymError('GRYM_SEGMENT_INVALID', { segment, reason }, { cause: error });
  }
  return new GrymError('GRYM_SEGMENT_ABSENT', { segment, reason }, { cause: error });
}

class Attached implements AttachedSegment {
  readonly bridgeId: string;
  readonly bytes: number;
  readonly sampleRate: number;
  readonly maximumBlock: number;
  readonly generation: number;
  readonly captureFrames: number;
  readonly pluginProcessId: number;
  #detached = false;

  constructor(
    readonly name: string,
    private readonly layout: NativeLayout,
    private readonly native: NativeAudioPath,
    private readonly onDetach: (id: number) => void,
  ) {
    this.bridgeId = layout.bridgeId;
    this.bytes = layout.bytes;
    this.sampleRate = layout.sampleRate;
    this.maximumBlock = layout.maximumBlock;
    this.generation = layout.generation;
    this.captureFrames = layout.captureFrames;
    this.pluginProcessId = layout.pluginProcessId;
  }

  pushCommand(command: SegmentCommand): boolean {
    this.#assertAttached();
    const result = this.native.pushCommand(this.layout.id, toNativeCommand(command));
    if (result === 'malformed') {
      throw new GrymError('GRYM_SEGMENT_COMMAND_INVALID', { segment: this.name, command: JSON.stringify(command) });
    }
    return result === 'queued';
  }

  status(): SegmentStatus {
    this.#assertAttached();
    const status = this.native.status(this.layout.id);
    if (status === null) throw new GrymError('GRYM_SEGMENT_DETACHED', { segment: this.name });
    return status;
  }

  readCapture(startFrame: number, frames: number): Float32Array | CaptureReadFailure {
    this.#assertAttached();
    return this.native.readCapture(this.layout.id, startFrame, frames);
  }

  detach(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.onDetach(this.layout.id);
  }

  #assertAttached(): void {
    if (this.#detached) throw new GrymError('GRYM_SEGMENT_DETACHED', { segment: this.name });
  }
}

class NodeAudioPath implements AudioPath {
  readonly #native: NativeAudioPath;
  readonly #segments = new Map<number, Attached>();
  readonly #listeners = new Set<SegmentEventListener>();
  #disposed = false;

  constructor(private readonly module: AudioPathModule) {
    this.#native = new module.AudioPath(() => {
      this.#deliver();
    });
  }

  attach(name: string): AttachedSegment {
    if (this.#disposed) throw new GrymError('GRYM_SEGMENT_DETACHED', { segment: name });
    let layout: NativeLayout;
    try {
      layout = this.#native.attach(name);
    } catch (error) {
      throw attachError(name, error);
    }
    const segment = new Attached(name, layout, this.#native, (id) => {
      this.#segments.delete(id);
      if (!this.#disposed) this.#native.detach(id);
    });
    this.#segments.set(layout.id, segment);
    return segment;
  }

  onEvents(listener: SegmentEventListener): () => void {
    const entry: SegmentEventListener = (segment, events) => {
      listener(segment, events);
    };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  async reapOrphans(saveTo: string): Promise<OrphanReport[]> {
    makeFolder(saveTo);
    return this.module.reapOrphans(process.env['GRYM_SHM_PREFIX'] ?? '', saveTo);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const segment of [...this.#segments.values()]) segment.detach();
    this.#listeners.clear();
    this.#native.dispose();
  }

  #deliver(): void {
    if (this.#disposed) return;
    const batches = new Map<Attached, SegmentEvent[]>();
    for (const [id, event] of this.#native.takeEvents()) {
      const segment = this.#segments.get(id);
      if (segment === undefined) continue;
      const batch = batches.get(segment);
      if (batch === undefined) batches.set(segment, [fromNativeEvent(event)]);
      else batch.push(fromNativeEvent(event));
    }
    for (const [segment, events] of batches) {
      for (const listener of [...this.#listeners]) listener(segment, events);
    }
  }
}

/** Loads the native module. Throws GRYM_SEGMENT_MODULE_MISSING. */
export function openAudioPath(): AudioPath {
  return new NodeAudioPath(loadAudioPathModule());
}
