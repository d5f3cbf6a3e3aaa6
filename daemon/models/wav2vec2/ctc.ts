// What CTC says in each frame, as text with times. Pure: the hosts make runs of frames, the provider joins those of several pieces.
import type { Transcription } from '../transcribe.js';

export interface Vocabulary {
  readonly tokens: ReadonlyMap<number, string>;
  /** Never written: padding (CTC's blank), unknown, begin, end. */
  readonly special: ReadonlySet<string>;
  /** Stands for a space: "|". */
  readonly wordDelimiter: string;
  readonly lowerCase: boolean;
}

/** One token that is said, for a while. */
export interface TokenRun {
  /** As it is written; a space between two words. */
  readonly text: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The class with the most in each frame; of equals the first. Row-major, frames × classes. */
export function likeliestClasses(logits: Float32Array, classes: number): number[] {
  return Array.from({ length: logits.length / classes }, (_, frame) => {
    let best = 0;
    for (let index = 1; index < classes; index += 1) {
      if ((logits[frame * classes + index] ?? 0) > (logits[frame * classes + best] ?? 0)) best = index;
    }
    return best;
  });
}

/** Repeated classes are one run; those of special tokens go, after they have parted what stands around them. */
export function runsOf(classes: readonly number[], vocabulary: Vocabulary, frameSeconds: number): TokenRun[] {
  const runs: TokenRun[] = [];
  for (let from = 0; from < classes.length;) {
    let to = from + 1;
    while (to < classes.length && classes[to] === classes[from]) to += 1;
    const token = vocabulary.tokens.get(classes[from] ?? -1);
    if (token !== undefined && !vocabulary.special.has(token)) {
      const text = token === vocabulary.wordDelimiter ? ' ' : vocabulary.lowerCase ? token.toLowerCase() : token;
      runs.push({ text, startSeconds: from * frameSeconds, endSeconds: to * frameSeconds });
    }
    from = to;
  }
  return runs;
}

/** Two runs are one where a seam cut it: the same token, and the second begins where the first ends. */
export function joinedRuns(pieces: readonly (readonly TokenRun[])[], frameSeconds: number): TokenRun[] {
  const joined: TokenRun[] = [];
  for (const [run, isFirst] of pieces.flatMap((piece) => piece.map((entry, index) => [entry, index === 0] as const))) {
    const before = joined.at(-1);
    const isCut = isFirst && before?.text === run.text && Math.abs(run.startSeconds - before.endSeconds) < frameSeconds / 2;
    if (isCut && before !== undefined) joined[joined.length - 1] = { ...before, endSeconds: run.endSeconds };
    else joined.push(run);
  }
  return joined;
}

/** A word reaches from the first frame of its first letter to the last of its last. */
export function transcriptionOf(runs: readonly TokenRun[], lengthSeconds: number): Transcription {
  const words: { word: string; startSeconds: number; endSeconds: number }[] = [];
  let isNew = true;
  for (const { text, startSeconds, endSeconds } of runs) {
    const last = words.at(-1);
    if (text === ' ') isNew = true;
    else if (isNew || last === undefined) {
      words.push({ word: text, startSeconds, endSeconds });
      isNew = false;
    } else Object.assign(last, { word: last.word + text, endSeconds });
  }
  const text = runs
    .map((run) => run.text)
    .join('')
    .trim();
  return { text, words: words.map((word) => ({ ...word, endSeconds: Math.min(word.endSeconds, lengthSeconds) })) };
}
