import type {
  CaptureReadFailure,
  CaptureSource,
  CaptureSources,
  SegmentStatus,
  SegmentTransport,
} from '../../../../../daemon/audio/index.js';
import { GrymError } from '../../../../../daemon/kernel/index.js';

/** A capture ring in memory whose sample at frame n (left; the right one is its negative) is a function of n, until it is overwritten. */
export class FakeCaptures implements CaptureSources {
  sampleRate = 8_000;
  captureFrames = 8_000 * 60;
  begin = 0;
  end = 8_000 * 40;
  segment = 'segment-a';
  generation = 1;
  transport: SegmentTransport | null = null;
  connected = true;
  failure: CaptureReadFailure | null = null;
  sampleAt = (frame: number): number => 0.4 * Math.sin((2 * Math.PI * 220 * frame) / this.sampleRate);
  /** Called before each read: the place to let time pass. */
  onRead: () => void = () => undefined;

  captureOf(bridgeId: string): CaptureSource {
    if (!this.connected) throw new GrymError('GRYM_BRIDGE_ABSENT', { bridge: bridgeId });
    return {
      bridgeName: 'Bass',
      segment: {
        ...{ name: this.segment, generation: this.generation, sampleRate: this.sampleRate, captureFrames: this.captureFrames },
        readCapture: (start, frames) => this.#read(start, frames),
      },
      status: () => this.#status(),
    };
  }

  /** A transport that rolls: at `frame` the song stands at `songQuarters`. */
  roll(
    frame: number,
    songQuarters: number,
    tempoBpm = 120,
    metre: { numerator: number; denominator: number } = { numerator: 4, denominator: 4 },
  ): void {
    const barQuarters = (4 * metre.numerator) / metre.denominator;
    const barStartQuarters = Math.floor(songQuarters / barQuarters) * barQuarters;
    this.transport = {
      ...{ frame, playing: true, offline: false, songFrame: 0, ageMilliseconds: 1, loop: null },
      musical: { songQuarters, tempoBpm, ...metre, barStartQuarters, barNumber: null },
    };
  }

  #read(start: number, frames: number): Float32Array | CaptureReadFailure {
    this.onRead();
    if (this.failure !== null) return this.failure;
    if (start < this.begin) return 'overwritten';
    if (start + frames > this.end) return 'not-yet';
    const samples = new Float32Array(frames * 2);
    for (let index = 0; index < frames; index += 1) {
      samples[index * 2] = this.sampleAt(start + index);
      samples[index * 2 + 1] = -this.sampleAt(start + index);
    }
    return samples;
  }

  #status(): SegmentStatus {
    return {
      ...{ state: 'attached', problem: null, frames: this.end, captureBegin: this.begin, captureEnd: this.end, transport: this.transport },
      ...{ pluginHeartbeatAgeMilliseconds: 1, eventsDropped: 0, eventsLost: 0, malformedRecords: 0, inconsistencies: 0, commandFaults: 0 },
      ...{ queuedCommands: 0, peaks: { left: 0, right: 0 } },
    };
  }
}
