import type { AttachedSegment } from '../../../../daemon/audio/index.js';
import type { BridgeFacts } from '../../../../protocol/index.js';

export type SegmentHeader = Pick<AttachedSegment, 'bridgeId' | 'bytes' | 'generation' | 'captureFrames' | 'pluginProcessId'>;

/** What the headers of the fake bridges' segments say: what each has announced, unless a test writes otherwise. */
export const sharedMemory = new Map<string, SegmentHeader>();

export function writeHeader({ bridgeId, processId, segment }: BridgeFacts): void {
  if (segment === null) return;
  const { name, bytes, generation, captureFrames } = segment;
  sharedMemory.set(name, { bridgeId, bytes, generation, captureFrames, pluginProcessId: processId });
}
