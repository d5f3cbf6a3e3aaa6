import type { AttachedSegment } from '../../audio/index.js';
import { GrymError } from '../../kernel/index.js';
import type { BridgeFacts } from '../../../protocol/index.js';

/**
 * The segment, where its header says what its plugin has announced; else it is let go and GRYM_SEGMENT_INVALID thrown: a name
 * that another plugin's segment has would put this bridge's commands into that one.
 */
export function asAnnounced(segment: AttachedSegment, facts: BridgeFacts, bridgeIds: readonly string[]): AttachedSegment {
  const { generation, bytes, captureFrames } = facts.segment ?? {};
  const differing = [
    bridgeIds.includes(segment.bridgeId) ? '' : `is of the bridge ${segment.bridgeId || 'without an id'}, not ${bridgeIds.join(' or ')}`,
    difference('is of process', segment.pluginProcessId, facts.processId),
    difference('has generation', segment.generation, generation),
    difference('has bytes:', segment.bytes, bytes),
    difference('captures frames:', segment.captureFrames, captureFrames),
  ].filter(Boolean);
  if (differing.length === 0) return segment;
  segment.detach();
  throw new GrymError('GRYM_SEGMENT_INVALID', {
    segment: segment.name,
    reason: `it is not what its plugin announced: it ${differing.join(', ')}`,
  });
}

function difference(what: string, found: number, announced: number | undefined): string {
  return found === announced ? '' : `${what} ${found}, not ${announced ?? 'none'}`;
}
