import type { AudioAnalysis, Clip } from '../../../audio/index.js';
import { describeAnalysis, DESCRIBER_WORDS, parseKey, similarityOf, type Embedder } from '../../../models/index.js';
import { energyOf } from './features.js';
import { relativeMajor } from './fit-plan.js';

export const CRITERIA = ['tempo', 'key', 'loudness', 'energy', 'similarity', 'prompt'] as const;
export type Criterion = (typeof CRITERIA)[number];

export interface RankTargets {
  readonly tempoBpm: number | null;
  readonly key: string | null;
  readonly loudnessLufs: number | null;
  readonly energy: number | null;
  readonly prompt: string | null;
  /** A vector of null: the reference is silent. */
  readonly reference: { readonly vector: readonly number[] | null } | null;
  /** The space that the vectors are of; absent where nothing is compared. */
  readonly space?: {
    /** Of the prompt; null where the space has no words, or there is no prompt. */
    readonly words: readonly number[] | null;
    readonly provider: string;
    readonly similarity: Embedder['similarity'];
  };
}

export interface Candidate {
  readonly clip: Clip;
  readonly analysis: AudioAnalysis;
  readonly vector: readonly number[] | null;
}

export interface Judgement {
  readonly silent: boolean;
  readonly score: number;
  readonly parts: Record<Criterion, number | null>;
  readonly reasons: string[];
}

interface Part {
  readonly value: number | null;
  readonly reason: string | null;
}

const NOT_ASKED: Part = { value: null, reason: null };
/** From this confidence on a measured tempo or key counts before what the clip's facts say. */
const BELIEVED_CONFIDENCE = 0.5;
const TEMPO_TOLERANCE = 0.15;
const LOUDNESS_TOLERANCE_LU = 12;
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const unit = (value: number): number => Math.min(1, Math.max(0, value));

/** The weighted mean of what the targets make of a candidate. A target that cannot be judged for any clip weighs nothing; silence scores 0. */
export function judge(candidate: Candidate, targets: RankTargets, weights: Readonly<Record<Criterion, number>>): Judgement {
  if (candidate.analysis.loudnessLufs === null) {
    const parts = Object.fromEntries(CRITERIA.map((criterion) => [criterion, null])) as Judgement['parts'];
    return { silent: true, score: 0, parts, reasons: ['It is silent.'] };
  }
  const judged: Record<Criterion, Part> = {
    tempo: tempoPart(candidate, targets.tempoBpm),
    key: keyPart(candidate, targets.key),
    loudness: loudnessPart(candidate.analysis, targets.loudnessLufs),
    energy: energyPart(candidate.analysis, targets.energy),
    similarity: similarityPart(candidate.vector, targets),
    prompt: wordsPart(candidate.vector, targets) ?? promptPart(candidate.analysis, targets.prompt),
  };
  const counted = CRITERIA.flatMap((criterion) => {
    const { value } = judged[criterion];
    return value === null ? [] : [{ value, weight: weights[criterion] }];
  });
  const total = counted.reduce((sum, { weight }) => sum + weight, 0);
  const score = total === 0 ? 0.5 : counted.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const value = (criterion: Criterion): number | null => {
    const part = judged[criterion].value;
    return part === null ? null : rounded(part);
  };
  return {
    silent: false,
    score: rounded(score),
    parts: Object.fromEntries(CRITERIA.map((criterion) => [criterion, value(criterion)])) as Judgement['parts'],
    reasons: CRITERIA.map((criterion) => judged[criterion].reason).filter((reason) => reason !== null),
  };
}

function tempoPart({ clip, analysis }: Candidate, target: number | null): Part {
  if (target === null) return NOT_ASKED;
  const measured = analysis.tempoBpm;
  const believed = measured !== null && measured.confidence >= BELIEVED_CONFIDENCE;
  const tempo = believed ? measured.value : clip.tempoBpm;
  const octaves = Math.round(Math.log2(target / tempo));
  const off = Math.abs((tempo * 2 ** octaves) / target - 1);
  const origin = believed ? 'measured' : 'by its facts, since no beat is clear enough to be measured';
  return {
    value: unit(1 - off / TEMPO_TOLERANCE),
    reason: `Tempo ${tempo.toFixed(1)} bpm (${origin}), ${(off * 100).toFixed(1)} % off ${target} bpm.`,
  };
}

function keyPart({ clip, analysis }: Candidate, target: string | null): Part {
  if (target === null) return NOT_ASKED;
  const measured = analysis.key;
  const key = measured !== null && measured.confidence >= BELIEVED_CONFIDENCE ? measured.value : clip.key;
  if (key === null) return { value: null, reason: 'No key could be told, so the key does not count.' };
  const steps = fifthsBetween(relativeMajor(parseKey(key)), relativeMajor(parseKey(target)));
  return {
    value: 1 - steps / 6,
    reason: `Key ${key}: ${steps === 0 ? 'the notes of' : `${steps} step${steps === 1 ? '' : 's'} on the circle of fifths from`} ${target}.`,
  };
}

/** 0 … 6. Seven semitones are one step. */
function fifthsBetween(a: number, b: number): number {
  const steps = ((((a - b) * 7) % 12) + 12) % 12;
  return Math.min(steps, 12 - steps);
}

function loudnessPart({ loudnessLufs }: AudioAnalysis, target: number | null): Part {
  if (target === null || loudnessLufs === null) return NOT_ASKED;
  const off = Math.abs(loudnessLufs - target);
  return {
    value: unit(1 - off / LOUDNESS_TOLERANCE_LU),
    reason: `Loudness ${loudnessLufs.toFixed(1)} LUFS, ${off.toFixed(1)} LU off ${target}.`,
  };
}

function energyPart(analysis: AudioAnalysis, target: number | null): Part {
  const energy = energyOf(analysis);
  if (target === null || energy === null) return NOT_ASKED;
  return { value: unit(1 - Math.abs(energy - target)), reason: `Energy ${energy.toFixed(2)}, asked for ${target.toFixed(2)}.` };
}

function similarityPart(vector: readonly number[] | null, { reference, space }: RankTargets): Part {
  if (reference === null) return NOT_ASKED;
  if (reference.vector === null || vector === null)
    return { value: null, reason: 'The reference is silent, so similarity does not count.' };
  const similarity = (space?.similarity ?? similarityOf)(vector, reference.vector);
  return { value: similarity, reason: `Similarity ${similarity.toFixed(2)} to the reference.` };
}

/** Null where nobody knows the words: then those count that can be measured. */
function wordsPart(vector: readonly number[] | null, { space, prompt }: RankTargets): Part | null {
  if (prompt === null || vector === null || space === undefined || space.words === null) return null;
  const value = (space.similarity ?? similarityOf)(vector, space.words);
  return { value: unit(value), reason: `Near to the words by ${value.toFixed(2)}, as ${space.provider} hears it.` };
}

function promptPart(analysis: AudioAnalysis, prompt: string | null): Part {
  if (prompt === null) return NOT_ASKED;
  const asked = [...new Set(prompt.toLowerCase().split(/[^\p{L}-]+/u))].filter((word) => DESCRIBER_WORDS.has(word));
  if (asked.length === 0) return { value: null, reason: 'The prompt has no word that can be measured, so it does not count.' };
  const found = new Set(describeAnalysis(analysis).words.map(({ word }) => word));
  const met = asked.filter((word) => found.has(word));
  const missed = asked.filter((word) => !found.has(word));
  const missing = missed.length === 0 ? '' : `; it is not ${missed.join(' or ')}`;
  return {
    value: met.length / asked.length,
    reason: `It is ${met.join(', ') || 'none of what the prompt says'}${met.length === 0 ? '' : ', as the prompt says'}${missing}.`,
  };
}
