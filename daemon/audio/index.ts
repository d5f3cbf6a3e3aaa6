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
export { openSourceFile, sourceOf, wholeOf, type AudioSource } from './audio-source.js';
export * from './bridges.js';
export type { CaptureMetre } from './capture-range.js';
export {
  CaptureReader,
  type CapturedAudio,
  type CaptureOrder,
  type CaptureRange,
  type CaptureSource,
  type CaptureSources,
} from './capture-reader.js';
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
export { ClipTags } from './clip-tags.js';
export { importAudioFile, type ImportedAudio, type ImportOptions } from './import.js';
export { OrphanReaper, type OrphanReaperOptions } from './orphan-reaper.js';
export { encodeClipFile, readClipFacts } from './wav.js';
export { createAudioWorkshop, type AudioWorkshopOptions } from './workshop/audio-workshop.js';
export { DspWorker, type DspErrors, type DspWorkerOptions, type DspWorkerSettings } from './workshop/dsp-worker.js';
export type { Rendered, RenderPlan } from './workshop/render-messages.js';
export type * from './workshop/types.js';
