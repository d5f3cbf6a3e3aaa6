import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AudioBuffer, AudioWorkshop, Clip, ExportFormat, WorkshopOptions } from '../../../audio/index.js';
import { GrymError, messageOf, systemCodeOf } from '../../../kernel/index.js';

const MAXIMUM_NAME_CHARACTERS = 100;
const MAXIMUM_SAME_NAMES = 10_000;
// Names that Windows keeps for devices: a folder may be a share.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Throws GRYM_EXPORT_PATH for what cannot be a folder, GRYM_EXPORT_UNWRITABLE where it cannot be made. */
export async function prepareFolder(folder: string): Promise<void> {
  if (!isAbsolute(folder)) throw new GrymError('GRYM_EXPORT_PATH', { path: folder, reason: 'a full path is needed' });
  if (folder.includes('\0'))
    throw new GrymError('GRYM_EXPORT_PATH', { path: folder.replaceAll('\0', '?'), reason: 'no path holds a null character' });
  const found = await stat(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw new GrymError('GRYM_EXPORT_PATH', { path: folder, reason: messageOf(error) }, { cause: error });
  });
  if (found !== null && !found.isDirectory())
    throw new GrymError('GRYM_EXPORT_PATH', { path: folder, reason: 'a file is there, not a folder' });
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** A name that every file system takes, made of a clip's name, without its extension. */
export function fileNameOf(name: string, number: { readonly at: number; readonly of: number } | null): string {
  const safe = name
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replaceAll(/[\\/:*?"<>|]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .slice(0, MAXIMUM_NAME_CHARACTERS)
    .replaceAll(/^[. ]+|[. ]+$/g, '');
  const usable = safe === '' || RESERVED.test(safe) ? `clip ${safe}`.trim() : safe;
  return number === null
    ? usable
    : `${String(number.at).padStart(String(number.of).length < 2 ? 2 : String(number.of).length, '0')} ${usable}`;
}

/** What other programs read; what a format has no field for stands in its comment. No time, so that the same clip gives the same file. */
export function tagsOfFile(clip: Clip): Record<string, string> {
  return {
    title: clip.name,
    tempo: String(clip.tempoBpm),
    software: 'grym-synth',
    ...(clip.prompt !== '' && { comment: clip.prompt }),
    ...(clip.key !== null && { key: clip.key }),
    metre: `${clip.metre.numerator}/${clip.metre.denominator}`,
    bars: String(Math.round(clip.bars * 1_000) / 1_000),
    clip: clip.hash,
  };
}

export interface ExportOrder {
  readonly folder: string;
  /** Without extension. */
  readonly name: string;
  readonly extension: string;
  readonly format: ExportFormat;
  /** Of the activation: names the file while it is written. */
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly options: WorkshopOptions;
}

export interface ExportedFile {
  readonly path: string;
  readonly bytes: number;
  readonly existed: boolean;
}

/**
 * Writes beside and links under the first name that is free or holds the very same content: nothing is overwritten, and doing it again finds what
 * it wrote. Throws GRYM_EXPORT_UNWRITABLE.
 */
export async function exportFile(workshop: Pick<AudioWorkshop, 'encode'>, audio: AudioBuffer, order: ExportOrder): Promise<ExportedFile> {
  const { folder, name, extension, format, tags, options } = order;
  const key = createHash('sha256').update(`${order.key}\n${name}`).digest('hex').slice(0, 16);
  const temporary = join(folder, `.grym-export-${key}.${extension}`);
  try {
    const { bytes } = await workshop.encode(audio, { path: temporary, format, tags }, options);
    for (let copy = 1; copy <= MAXIMUM_SAME_NAMES; copy += 1) {
      const path = join(folder, `${name}${copy === 1 ? '' : ` (${copy})`}.${extension}`);
      if (await isSame(path, temporary, bytes)) return { path, bytes, existed: true };
      if (await takeName(temporary, path)) return { path, bytes, existed: false };
    }
    throw new GrymError('GRYM_EXPORT_PATH', {
      path: folder,
      reason: `there are ${MAXIMUM_SAME_NAMES} other files named "${name}" already`,
    });
  } catch (error) {
    throw error instanceof GrymError ? error : unwritable(folder, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** False where something has that name. A hard link cannot overwrite; file systems without them (FAT) get a look and a rename. */
async function takeName(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    if ((await sizeOf(path)) !== null) return false;
    await rename(temporary, path);
  }
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return true;
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function isSame(path: string, other: string, bytes: number): Promise<boolean> {
  return (await sizeOf(path)) === bytes && (await digestOf(path)) === (await digestOf(other));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function unwritable(path: string, error: unknown): GrymError {
  return new GrymError('GRYM_EXPORT_UNWRITABLE', { path, reason: messageOf(error) }, { cause: error });
}
