import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ClipReference } from '../../protocol/index.js';
import { failpoint, GrymError, isGrymError, messageOf, type Clock, type Logger } from '../kernel/index.js';
import type { BlobStore } from '../storage/index.js';
import type { Clip, ClipFacts, Verdict } from './clip-facts.js';
import type { ClipIndex, IndexedClip } from './clip-index.js';
import { encodeClipFile, readClipFacts } from './wav.js';

export const MINIMUM_PREFIX_CHARACTERS = 4;
export const MAXIMUM_LISTED_CLIPS = 1_000;
const LISTED_CANDIDATES = 5;

export interface ClipFilter {
  /** Default: all. */
  readonly verdict?: Verdict | 'all' | undefined;
  /** Words that must all occur in name, prompt, instrument, key or tags. */
  readonly text?: string | undefined;
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
}

/** A clip whose file is on the disk, but which may not be in the index yet. */
export interface FiledClip {
  readonly hash: string;
  readonly path: string;
  readonly facts: ClipFacts;
}

export interface ReconcileReport {
  /** Files that had no row: indexed from their own chunks. */
  readonly indexed: readonly string[];
  /** Rows whose file is gone. */
  readonly missing: readonly string[];
  /** Files that could not be read as clips; they are left where they are. */
  readonly unreadable: readonly { path: string; reason: string }[];
}

/** The clips: immutable files, and an index that can be rebuilt from them. Nothing is ever deleted here. */
export class ClipLibrary {
  constructor(
    private readonly blobs: BlobStore,
    private readonly index: ClipIndex,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get folder(): string {
    return this.blobs.folder;
  }

  /** Where the clip's file lies, whether it is there or not. */
  pathOf(hash: string): string {
    return this.blobs.pathOf(hash);
  }

  /** Throws GRYM_LIBRARY_UNWRITABLE where a clip could not be filed now. */
  assertWritable(): void {
    this.blobs.assertWritable();
  }

  /** Writes the clip's file, durably. The same samples and facts give the same file, so doing it twice is harmless. */
  async file(samples: Float32Array, facts: ClipFacts): Promise<FiledClip> {
    const { hash, path } = await this.blobs.put(encodeClipFile(samples, facts));
    failpoint('clip.filed');
    return { hash, path, facts };
  }

  /** Enters a filed clip into the index; to be called inside the transaction that needs it there. */
  enter(filed: FiledClip): Clip {
    this.index.insert(filed.hash, filed.facts, this.clock.nowMs());
    return this.get(filed.hash);
  }

  async add(samples: Float32Array, facts: ClipFacts): Promise<Clip> {
    return this.enter(await this.file(samples, facts));
  }

  list(filter: ClipFilter = {}): Clip[] {
    const limit = Math.max(1, Math.min(MAXIMUM_LISTED_CLIPS, filter.limit ?? 50));
    return this.index.list({ verdict: filter.verdict ?? 'all', text: filter.text ?? '', limit }).map((entry) => this.toClip(entry));
  }

  count(): number {
    return this.index.count();
  }

  /** By hash or by its first 4 or more characters. Throws GRYM_CLIP_UNKNOWN or GRYM_CLIP_AMBIGUOUS. */
  get(hashOrPrefix: string): Clip {
    const prefix = hashOrPrefix.trim().toLowerCase();
    const plausible = /^[0-9a-f]+$/.test(prefix) && prefix.length >= MINIMUM_PREFIX_CHARACTERS;
    const hashes = plausible ? this.index.startingWith(prefix, LISTED_CANDIDATES + 1) : [];
    if (hashes.length > 1) throw this.ambiguous(hashOrPrefix, hashes);
    const entry = hashes[0] === undefined ? undefined : this.index.find(hashes[0]);
    if (entry === undefined) throw new GrymError('GRYM_CLIP_UNKNOWN', { clip: hashOrPrefix });
    return this.toClip(entry);
  }

  /** Null for a clip that the library does not hold, such as one that came with a project. */
  nameOf(hash: string): string | null {
    return this.index.find(hash)?.facts.name ?? null;
  }

  keep(hashOrPrefix: string): Clip {
    return this.decide(hashOrPrefix, 'kept');
  }

  /** The clip's file stays: what was made is only ever deleted by the user. */
  reject(hashOrPrefix: string): Clip {
    return this.decide(hashOrPrefix, 'rejected');
  }

  /** What a bridge needs to load the clip. Throws as `get` does, or GRYM_CLIP_MISSING where its file is gone. */
  reference(hashOrPrefix: string): ClipReference {
    const clip = this.get(hashOrPrefix);
    if (!existsSync(clip.path)) throw new GrymError('GRYM_CLIP_MISSING', { clip: clip.hash, path: clip.path });
    const { hash, path, name, sampleRate, channels, frames, tempoBpm, quarterNotes, loop } = clip;
    return { hash, path, name, sampleRate, channels, frames, tempoBpm, quarterNotes, loop };
  }

  /** Brings the index in line with the files: enters files without a row, reports rows without a file. */
  async reconcile(): Promise<ReconcileReport> {
    const rows = this.index.hashes();
    const files = new Set(this.blobs.list());
    const indexed: string[] = [];
    const unreadable: { path: string; reason: string }[] = [];
    for (const hash of files) {
      if (rows.has(hash)) continue;
      const problem = await this.enterFromFile(hash);
      if (problem === null) indexed.push(hash);
      else unreadable.push({ path: this.blobs.pathOf(hash), reason: problem });
    }
    const missing = [...rows].filter((hash) => !files.has(hash));
    if (indexed.length > 0) this.logger.info('Clips found without an entry in the index; entered from their files', { clips: indexed });
    if (missing.length > 0) this.logger.warn('Clips in the index whose files are gone', { clips: missing });
    for (const { path, reason } of unreadable) this.logger.warn('Not a readable clip; left where it is', { path, reason });
    return { indexed, missing, unreadable };
  }

  /** Null, or why the file cannot be a clip. */
  private async enterFromFile(hash: string): Promise<string | null> {
    try {
      const content = await this.blobs.read(hash, { verify: true });
      const { mtimeMs } = await stat(this.blobs.pathOf(hash));
      this.index.insert(hash, readClipFacts(content), mtimeMs);
      return null;
    } catch (error) {
      if (isGrymError(error, 'GRYM_WAV_INVALID') || isGrymError(error, 'GRYM_BLOB_DAMAGED')) return messageOf(error);
      throw error;
    }
  }

  private decide(hashOrPrefix: string, verdict: Verdict): Clip {
    const { hash } = this.get(hashOrPrefix);
    this.index.decide(hash, verdict, this.clock.nowMs());
    return this.get(hash);
  }

  private ambiguous(clip: string, hashes: readonly string[]): GrymError {
    const shown = hashes.slice(0, LISTED_CANDIDATES).map((hash) => `${hash.slice(0, 12)} (${this.index.find(hash)?.facts.name ?? ''})`);
    const candidates = shown.join(', ') + (hashes.length > LISTED_CANDIDATES ? ' and more' : '');
    return new GrymError('GRYM_CLIP_AMBIGUOUS', { clip, candidates, hashes });
  }

  private toClip({ hash, verdict, createdAtMs, decidedAtMs, facts }: IndexedClip): Clip {
    return { ...facts, hash, path: this.blobs.pathOf(hash), verdict, createdAtMs, decidedAtMs };
  }
}
