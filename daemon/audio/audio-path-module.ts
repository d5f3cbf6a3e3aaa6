import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { findPackageRoot, GrymError, messageOf } from '../kernel/index.js';
import type { NativeCommand, NativeEvent } from './audio-path-records.js';

export interface NativeLayout {
  readonly id: number;
  readonly bytes: number;
  readonly generation: number;
  readonly sampleRate: number;
  readonly maximumBlock: number;
  readonly captureFrames: number;
  readonly pluginProcessId: number;
  readonly bridgeId: string;
}

export interface SegmentTransport {
  /** Capture frame counter at which the host stood at this position. */
  readonly frame: number;
  readonly playing: boolean;
  readonly offline: boolean;
  readonly songFrame: number;
  readonly ageMilliseconds: number | null;
  /** Null where the host tells no musical position. */
  readonly musical: {
    readonly songQuarters: number;
    readonly tempoBpm: number;
    readonly numerator: number;
    readonly denominator: number;
    readonly barStartQuarters: number;
    readonly barNumber: number | null;
  } | null;
  readonly loop: { readonly startQuarters: number; readonly endQuarters: number } | null;
}

export interface SegmentStatus {
  /** `owner-gone`: the plugin's process has ended. `broken`: the file was shortened, nothing of it is read any more. */
  readonly state: 'attached' | 'owner-gone' | 'broken';
  readonly problem: string | null;
  /** The frame counter: frames captured, or counted where there is no capture. */
  readonly frames: number;
  /** What the capture ring holds: [begin, end). */
  readonly captureBegin: number;
  readonly captureEnd: number;
  /** The newest record that made sense; null before the first. */
  readonly transport: SegmentTransport | null;
  /** Null before the plugin's first block. */
  readonly pluginHeartbeatAgeMilliseconds: number | null;
  /** Events that the plugin could not write: its ring was full. */
  readonly eventsDropped: number;
  /** Events that waited too long for this thread. */
  readonly eventsLost: number;
  /** Records with impossible fields, thrown away. */
  readonly malformedRecords: number;
  /** Times that a counter in shared memory could not be. */
  readonly inconsistencies: number;
  /** Times that the plugin found the daemon's index impossible. */
  readonly commandFaults: number;
  /** Commands that the plugin has not taken yet. */
  readonly queuedCommands: number;
  /** The input's peaks (linear) since the last call of status(). */
  readonly peaks: { readonly left: number; readonly right: number };
}

export type CaptureReadFailure = 'not-yet' | 'overwritten' | 'no-capture' | 'inconsistent' | 'malformed';

/** What became of one segment whose plugin had died. */
export interface OrphanReport {
  readonly name: string;
  /**
   * `saved`: its capture is the file `path`. `silent`: nothing sounded in it. `unreadable`: damaged, or not ours.
   * `failed`: the capture could not be written; the segment stays for the next time.
   */
  readonly outcome: 'saved' | 'silent' | 'unreadable' | 'failed';
  readonly removed: boolean;
  readonly bridgeId: string | null;
  readonly sampleRate: number;
  readonly frames: number;
  /** Infinities and NaN, which were written as 0. */
  readonly brokenSamples: number;
  readonly path: string | null;
  /** One sentence for the user. */
  readonly message: string;
}

export interface NativeAudioPath {
  attach(name: string): NativeLayout;
  detach(id: number): void;
  pushCommand(id: number, command: NativeCommand): 'queued' | 'full' | 'malformed' | 'unusable';
  status(id: number): SegmentStatus | null;
  readCapture(id: number, startFrame: number, frames: number): Float32Array | CaptureReadFailure;
  takeEvents(): [id: number, event: NativeEvent][];
  dispose(): void;
}

export interface AudioPathModule {
  readonly AudioPath: new (announce: () => void) => NativeAudioPath;
  reapOrphans(prefix: string, folder: string): Promise<OrphanReport[]>;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const moduleSchema = z.custom<AudioPathModule>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'AudioPath' in value &&
    'reapOrphans' in value &&
    isFunction(value.AudioPath) &&
    isFunction(value.reapOrphans),
);

export function loadAudioPathModule(): AudioPathModule {
  const path = join(findPackageRoot(), 'build', 'native', 'audio_path.node');
  try {
    const loaded: unknown = createRequire(import.meta.url)(path);
    return moduleSchema.parse(loaded);
  } catch (error) {
    throw new GrymError('GRYM_SEGMENT_MODULE_MISSING', { path, reason: messageOf(error) }, { cause: error });
  }
}
