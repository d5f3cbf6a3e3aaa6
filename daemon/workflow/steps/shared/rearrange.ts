import type { AudioAnalysis, Clip, VariationPlan, WorkshopOptions } from '../../../audio/index.js';
import { GrymError } from '../../../kernel/index.js';
import { analysisOf, clipName, derivedFacts, finiteOrNull, openClip } from './clips.js';
import type { AudioStepServices } from './services.js';

export interface RearrangeOrder {
  readonly kind: VariationPlan['kind'];
  readonly clip: string;
  readonly seed: number;
  readonly strength: number;
  /** Null: as long as the source. */
  readonly bars: number | null;
  readonly name: string | null;
}

export interface Rearranged {
  readonly made: Clip;
  readonly changes: string[];
  /** Where the material was cut: completes "cut …". */
  readonly cuts: string;
}

const BELIEVED_CONFIDENCE = 0.3;
const FEWEST_CUTS = 3;

/** What `vary` and `continue` have in common: where to cut, the workshop's work, and the facts of what comes out. Cutting clips needs something that sounds. */
export async function rearrange(services: AudioStepServices, order: RearrangeOrder, options: WorkshopOptions): Promise<Rearranged> {
  const part = (from: number, to: number): WorkshopOptions => ({
    ...options,
    onProgress: (done) => options.onProgress?.(from + (to - from) * done),
  });
  const { clip, audio } = await openClip(services, order.clip, part(0, 0.1));
  const analysis = await analysisOf(services, clip.hash, part(0.1, 0.4));
  if (analysis.peakDbtp === null || analysis.peakDbtp < -70) {
    throw new GrymError('GRYM_CLIP_SILENT', { clip: clip.hash.slice(0, 12), what: 'there is nothing in it to work with' });
  }
  const { cutSeconds, cuts } = cutsOf(clip, analysis);
  const { kind, seed, strength, bars } = order;
  const quarterNotes = bars === null ? clip.quarterNotes : (bars * 4 * clip.metre.numerator) / clip.metre.denominator;
  const targetFrames = bars === null ? clip.frames : Math.round(((quarterNotes * 60) / clip.tempoBpm) * clip.sampleRate);
  const varied = await services.workshop.vary(audio, { ...{ seed, strength, cutSeconds, targetFrames, kind } }, part(0.4, 0.8));
  const measured = await services.workshop.analyse(varied, part(0.8, 0.95));
  const verb = kind === 'vary' ? 'varied' : 'continued';
  const facts = derivedFacts(clip, varied, {
    ...{ name: clipName(order.name ?? `${clip.name}, ${verb}`), seed, quarterNotes },
    ...(bars !== null && { bars, loop: true }),
    ...{ provider: 'workshop', providerVersion: services.workshop.version },
    ...{ loudnessLufs: finiteOrNull(measured.loudnessLufs), peakDbtp: finiteOrNull(measured.peakDbtp) },
  });
  const made = await services.library.add(varied.samples, facts);
  return { made, changes: [...varied.changes], cuts };
}

/**
 * A loop is cut on its own beats, which its facts tell exactly. Anything else is cut where beats or else onsets were measured, and where neither
 * was, on the beats of its tempo.
 */
function cutsOf(clip: Clip, analysis: AudioAnalysis): { cutSeconds: number[]; cuts: string } {
  if (!clip.loop) {
    if (analysis.beatSeconds.length >= FEWEST_CUTS && (analysis.tempoBpm?.confidence ?? 0) >= BELIEVED_CONFIDENCE) {
      return { cutSeconds: [...analysis.beatSeconds], cuts: 'at the measured beats' };
    }
    if (analysis.onsetSeconds.length >= FEWEST_CUTS) return { cutSeconds: [...analysis.onsetSeconds], cuts: 'at the measured onsets' };
  }
  const beatSeconds = 60 / clip.tempoBpm;
  const count = Math.max(1, Math.floor(clip.frames / clip.sampleRate / beatSeconds + 1e-6));
  return { cutSeconds: Array.from({ length: count }, (_, index) => index * beatSeconds), cuts: `at the beats of ${clip.tempoBpm} bpm` };
}
