import { readFile, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute } from 'node:path';
import { tempoBpmSchema } from '../../protocol/index.js';
import { GrymError, isGrymError, messageOf } from '../kernel/index.js';
import type { ClipFacts } from './clip-facts.js';
import { readClipFacts } from './wav.js';
import type { AudioAnalysis, AudioWorkshop, WorkshopOptions } from './workshop/types.js';

export interface ImportOptions {
  /** What the user says of it wins over the file's tags, and those over what is measured. */
  readonly name: string | null;
  readonly tempoBpm: number | null;
  readonly key: string | null;
  readonly loop: boolean | null;
}

export interface ImportedAudio {
  readonly samples: Float32Array;
  readonly facts: ClipFacts;
  /** As the workshop names it, such as "FLAC". */
  readonly format: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Where each fact came from, one sentence each. */
  readonly notes: readonly string[];
  /** Null for a clip that this library or another one has made: its facts are inside the file. */
  readonly analysis: AudioAnalysis | null;
}

/** A measured tempo or key counts from this confidence on. */
const BELIEVED_CONFIDENCE = 0.3;
/** A file whose length is that near to whole bars is taken for a loop. */
const LOOP_TOLERANCE_BARS = 0.02;
const LARGEST_CLIP_FILE_BYTES = 512 * 1024 * 1024;
const TEMPO_TAGS = ['bpm', 'tempo', 'tbpm'];
const KEY_TAGS = ['initialkey', 'initial_key', 'key', 'tkey'];
const TITLE_TAGS = ['title', 'name'];

/** Reads a file as a clip. The same content and options give the same samples and facts, whatever the file is called where it has a title. */
export async function importAudioFile(
  workshop: Pick<AudioWorkshop, 'decode' | 'analyse'>,
  path: string,
  given: ImportOptions,
  options: WorkshopOptions,
): Promise<ImportedAudio> {
  await assertFile(path);
  const report = (from: number, to: number): WorkshopOptions => ({
    signal: options.signal,
    onProgress: (fraction) => options.onProgress?.(from + (to - from) * fraction),
  });
  const decoded = await workshop.decode(path, report(0, 0.3));
  const { samples, format, tags } = decoded;
  const frames = samples.length / decoded.channels;
  if (frames < 1) throw new GrymError('GRYM_IMPORT_PATH', { path, reason: 'it holds no audio' });
  const own = await ownFacts(path, decoded, given);
  if (own !== null)
    return {
      ...{ samples, format, tags },
      facts: own,
      notes: ['The file is a clip of grym-synth: its facts are those inside it.'],
      analysis: null,
    };
  const analysis = await workshop.analyse(decoded, report(0.3, 1));
  const notes: string[] = [];
  const tempoBpm = tempoOf(given, tags, analysis, notes);
  const key = keyOf(given, tags, analysis, notes);
  const seconds = frames / decoded.sampleRate;
  const quarterNotes = (seconds * tempoBpm) / 60;
  const bars = quarterNotes / 4;
  const loop = given.loop ?? (Math.round(bars) >= 1 && Math.abs(bars - Math.round(bars)) <= LOOP_TOLERANCE_BARS);
  const name = (given.name ?? tagOf(tags, TITLE_TAGS) ?? basename(path, extname(path))).trim().slice(0, 200) || 'imported audio';
  const facts: ClipFacts = {
    ...{ name, prompt: '', seed: 0, provider: 'import', providerVersion: '1', instrument: 'imported' },
    ...{ sampleRate: decoded.sampleRate, channels: decoded.channels, frames, tempoBpm, key, loop },
    metre: { numerator: 4, denominator: 4 },
    bars: loop ? Math.round(bars) : bars,
    quarterNotes: loop ? Math.round(bars) * 4 : quarterNotes,
    loudnessLufs: analysis.loudnessLufs,
    peakDbtp: analysis.peakDbtp,
  };
  return { samples, facts, format, tags, notes, analysis };
}

async function assertFile(path: string): Promise<void> {
  const refuse = (reason: string, cause?: unknown): GrymError => new GrymError('GRYM_IMPORT_PATH', { path, reason }, { cause });
  // The daemon's own folder is nobody's starting point.
  if (!isAbsolute(path)) throw refuse('a full path is needed');
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
  } catch (error) {
    throw refuse(messageOf(error), error);
  }
  if (!isFile) throw refuse('it is not a file');
}

/** The facts inside a file that a library wrote; null for any other, or where the user says otherwise. */
async function ownFacts(
  path: string,
  decoded: { samples: Float32Array; channels: number },
  given: ImportOptions,
): Promise<ClipFacts | null> {
  if (Object.values(given).some((value) => value !== null)) return null;
  if (extname(path).toLowerCase() !== '.wav' || (await stat(path)).size > LARGEST_CLIP_FILE_BYTES) return null;
  try {
    const facts = readClipFacts(await readFile(path));
    return facts.frames * facts.channels === decoded.samples.length && facts.channels === decoded.channels ? facts : null;
  } catch (error) {
    if (isGrymError(error, 'GRYM_WAV_INVALID')) return null;
    throw error;
  }
}

/** A tag of one of the names, or an entry "name: value" of the comment, where formats without a field for it have it. */
function tagOf(tags: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  const inComment = (tags['comment'] ?? '').split(/;|\n/).map((part) => part.split(':'));
  const entries = [...Object.entries(tags), ...inComment.map(([name = '', ...value]) => [name.trim(), value.join(':')] as const)];
  return entries.find(([name, value]) => names.includes(name.toLowerCase()) && value.trim() !== '')?.[1].trim();
}

function tempoOf(given: ImportOptions, tags: Readonly<Record<string, string>>, analysis: AudioAnalysis, notes: string[]): number {
  if (given.tempoBpm !== null) return given.tempoBpm;
  const tagged = tempoBpmSchema.safeParse(Number(tagOf(tags, TEMPO_TAGS)?.replace(',', '.')));
  if (tagged.success) {
    notes.push(`Tempo ${tagged.data} bpm, as the file's tags say.`);
    return tagged.data;
  }
  const measured = analysis.tempoBpm;
  if (measured !== null && measured.confidence >= BELIEVED_CONFIDENCE && tempoBpmSchema.safeParse(measured.value).success) {
    const tempoBpm = Math.round(measured.value * 100) / 100;
    notes.push(`Tempo ${tempoBpm} bpm, as measured (confidence ${measured.confidence.toFixed(2)}).`);
    return tempoBpm;
  }
  notes.push('No tempo was found in it: 120 bpm was assumed.');
  return 120;
}

function keyOf(given: ImportOptions, tags: Readonly<Record<string, string>>, analysis: AudioAnalysis, notes: string[]): string | null {
  if (given.key !== null) return given.key;
  const tagged = tagOf(tags, KEY_TAGS);
  if (tagged !== undefined && /^[A-Ga-g]/.test(tagged) && tagged.length <= 40) {
    notes.push(`Key ${tagged}, as the file's tags say.`);
    return tagged;
  }
  const measured = analysis.key;
  if (measured === null || measured.confidence < BELIEVED_CONFIDENCE) {
    notes.push('No key was found in it.');
    return null;
  }
  notes.push(`Key ${measured.value}, as measured (confidence ${measured.confidence.toFixed(2)}).`);
  return measured.value;
}
