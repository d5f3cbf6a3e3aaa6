export {
  openAudioPath,
  type AttachedSegment,
  type AudioPath,
  type CaptureReadFailure,
  type OrphanReport,
  type SegmentCommand,
  type SegmentEvent,
  type SegmentEventListener,
  type SegmentLaunchMode,
  type SegmentRefusal,
  type SegmentStatus,
  type SegmentTransport,
  type SegmentWhen,
} from './audio-path.js';
export * from './bridges.js';
export { clipFactsSchema, rootNoteOf, VERDICTS, type Clip, type ClipFacts, type Verdict } from './clip-facts.js';
export { ClipIndex } from './clip-index.js';
export {
  ClipLibrary,
  MAXIMUM_LISTED_CLIPS,
  MINIMUM_PREFIX_CHARACTERS,
  type ClipFilter,
  type FiledClip,
  type ReconcileReport,
} from './clip-library.js';
export { OrphanReaper, type OrphanReaperOptions } from './orphan-reaper.js';
export { encodeClipFile, readClipFacts } from './wav.js';
