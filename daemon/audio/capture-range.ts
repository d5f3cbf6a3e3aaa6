export interface CaptureMetre {
  readonly numerator: number;
  readonly denominator: number;
}

/** What a capture ring holds: frames [begin, end). */
export interface AvailableFrames {
  readonly begin: number;
  readonly end: number;
  readonly sampleRate: number;
}

/** A position of a rolling transport, from which the bar lines around it follow. */
export interface RollingPosition {
  /** Capture frame at which the host stood at `songQuarters`. */
  readonly frame: number;
  readonly songQuarters: number;
  readonly tempoBpm: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly barStartQuarters: number;
  readonly loop: { readonly startQuarters: number; readonly endQuarters: number } | null;
}

export type PlannedFrames =
  | {
      readonly kind: 'planned';
      readonly startFrame: number;
      readonly frames: number;
      readonly bars: number | null;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'short'; readonly wantedSeconds: number; readonly availableSeconds: number };

/** A request so near before a bar line means that line: the take ends there, in the future by at most this share of a bar. */
export const EARLY_SHARE_OF_BAR = 1 / 8;

const quartersPerBar = ({ numerator, denominator }: CaptureMetre): number => (4 * numerator) / denominator;
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6;

/**
 * The last `bars` whole bars before the newest bar line, by the tempo and metre of now: a change of tempo within them is not seen,
 * since the ring of transport records is not kept as long as the capture.
 */
export function barLineRange(available: AvailableFrames, position: RollingPosition, bars: number, mayShorten: boolean): PlannedFrames {
  const { begin, end, sampleRate } = available;
  const framesPerQuarter = (60 / position.tempoBpm) * sampleRate;
  const barQuarters = quartersPerBar(position);
  const frameAt = (quarters: number): number => position.frame + (quarters - position.songQuarters) * framesPerQuarter;
  const quartersNow = position.songQuarters + (end - position.frame) / framesPerQuarter;
  const barsSince = (quartersNow - position.barStartQuarters) / barQuarters;
  const endQuarters = position.barStartQuarters + Math.floor(barsSince + EARLY_SHARE_OF_BAR) * barQuarters;
  const endFrame = Math.round(frameAt(endQuarters));
  const there = Math.floor((endFrame - begin) / (barQuarters * framesPerQuarter) + 1e-9);
  const taken = Math.min(bars, there);
  if (taken < 1 || (taken < bars && !mayShorten)) {
    const wantedSeconds = (bars * barQuarters * framesPerQuarter) / sampleRate;
    return { kind: 'short', wantedSeconds, availableSeconds: Math.max(0, endFrame - begin) / sampleRate };
  }
  const startQuarters = endQuarters - taken * barQuarters;
  const startFrame = Math.max(begin, Math.round(frameAt(startQuarters)));
  const notes: string[] = [];
  if (taken < bars) notes.push(`Only ${taken} of ${bars} bars had been captured.`);
  const { loop } = position;
  if (loop === null && startQuarters < -1e-6) {
    notes.push(
      'The song began within the take: what lies before its first bar was heard while the transport stood or elsewhere in the song.',
    );
  }
  if (loop !== null && !isWhole((loop.endQuarters - loop.startQuarters) / barQuarters)) {
    notes.push("The host's loop is not of whole bars: bar lines before its last jump lie elsewhere than assumed.");
  }
  return { kind: 'planned', startFrame, frames: endFrame - startFrame, bars: taken, notes };
}

/** The newest frames, as many as the bars last at the tempo, or as the seconds say. */
export function tempoRange(
  available: AvailableFrames,
  length: { readonly bars: number } | { readonly seconds: number },
  frame: { readonly tempoBpm: number; readonly metre: CaptureMetre; readonly mayShorten: boolean },
): PlannedFrames {
  const { begin, end, sampleRate } = available;
  const unitSeconds = 'bars' in length ? quartersPerBar(frame.metre) * (60 / frame.tempoBpm) : 1;
  const wanted = 'bars' in length ? length.bars : length.seconds;
  const there = (end - begin) / sampleRate / unitSeconds;
  const whole = 'bars' in length ? Math.floor(there + 1e-9) : there;
  const taken = Math.min(wanted, whole);
  const frames = Math.round(taken * unitSeconds * sampleRate);
  if (frames < 1 || (taken < wanted && !frame.mayShorten)) {
    return { kind: 'short', wantedSeconds: wanted * unitSeconds, availableSeconds: (end - begin) / sampleRate };
  }
  const notes =
    taken < wanted
      ? [`Only ${'bars' in length ? `${taken} of ${wanted} bars` : `${taken.toFixed(1)} of ${wanted} s`} had been captured.`]
      : [];
  return { kind: 'planned', startFrame: end - frames, frames, bars: 'bars' in length ? taken : null, notes };
}
