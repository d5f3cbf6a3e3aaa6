import { createHash } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Adapter } from 'lowdb';
import type { z } from 'zod';
import { failpoint, messageOf, newUuid, systemCodeOf } from '../kernel/index.js';

/** Something that was wrong with a document's files, and what was done about it. */
export interface DocumentProblem {
  readonly file: string;
  readonly reason: string;
  /** Where the damaged file lies now; null where the file was missing. */
  readonly putAside: string | null;
}

export const WRITING_MARK = '.writing-';

const HEAD = /^\{"sha256":"([0-9a-f]{64})",\n"data":/;
const TAIL = '}\n';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function encode(data: unknown): string {
  const text = JSON.stringify(data, null, 1);
  return `{"sha256":"${sha256(text)}",\n"data":${text}${TAIL}`;
}

/** Throws where a single byte is not as it was written. */
function decode(content: Buffer): unknown {
  const text = content.toString('utf8');
  const head = HEAD.exec(text);
  if (head?.[1] === undefined || !text.endsWith(TAIL)) throw new Error('it is cut off or does not begin as a document does');
  const data = text.slice(head[0].length, -TAIL.length);
  // Of the text: bytes that are no UTF-8 have become replacement characters, which changes the sum as well.
  if (sha256(data) !== head[1]) throw new Error('its checksum does not fit its content');
  return JSON.parse(data);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynchronised(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  try {
    failpoint('document.writing');
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * lowdb's adapter, made durable: lowdb's own one renames, but synchronises neither file nor folder, and keeps no copy. At every
 * moment of a write the document's name leads to a whole version; the one before it lies beside it as `….previous.json`.
 */
export class DurableJsonFile<T> implements Adapter<T> {
  private readonly previousPath: string;
  /** Only a version that is known to be whole may take the place of the previous-good copy. */
  private currentIsGood = false;

  constructor(
    readonly path: string,
    private readonly schema: z.ZodType<T>,
    private readonly onProblem: (problem: DocumentProblem) => void,
  ) {
    this.previousPath = DurableJsonFile.previousOf(path);
  }

  static previousOf(path: string): string {
    return path.replace(/\.json$/, '.previous.json');
  }

  read(): Promise<T | null> {
    return Promise.resolve().then(() => this.readNow());
  }

  /** The newest whole version; null where there is none. A damaged file is put aside and reported. */
  readNow(): T | null {
    const current = this.readOne(this.path);
    this.currentIsGood = current !== null;
    if (current !== null) return current;
    const previous = this.readOne(this.previousPath);
    if (previous !== null) this.onProblem({ file: this.path, reason: 'it is replaced by its previous-good copy', putAside: null });
    return previous;
  }

  write(data: T): Promise<void> {
    return this.replace(encode(data), false);
  }

  /** Writes both copies anew, so that either of them alone can be lost. */
  seal(data: T): Promise<void> {
    return this.replace(encode(data), true);
  }

  private async replace(text: string, both: boolean): Promise<void> {
    const temporary = `${this.path}${WRITING_MARK}${newUuid()}`;
    const kept = `${temporary}-kept`;
    try {
      await writeSynchronised(temporary, text);
      failpoint('document.written');
      if (both) await writeSynchronised(kept, text);
      if (both || (this.currentIsGood && (await this.keepCurrent(kept)))) await rename(kept, this.previousPath);
      failpoint('document.kept');
      await rename(temporary, this.path);
      this.currentIsGood = true;
    } catch (error) {
      await Promise.all([rm(temporary, { force: true }), rm(kept, { force: true })]);
      throw error;
    }
    failpoint('document.renamed');
    await syncFolder(dirname(this.path));
  }

  /** A second name for the current version. False where someone has removed it. */
  private async keepCurrent(kept: string): Promise<boolean> {
    try {
      await link(this.path, kept);
      return true;
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'ENOENT') return false;
      // A file system without hard links.
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
      await copyFile(this.path, kept);
      return true;
    }
  }

  private readOne(path: string): T | null {
    let content: Buffer;
    try {
      content = readFileSync(path);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null;
      throw error;
    }
    try {
      return this.schema.parse(decode(content));
    } catch (error) {
      const putAside = `${path}.damaged-${newUuid()}`;
      renameSync(path, putAside);
      this.onProblem({ file: path, reason: messageOf(error).slice(0, 300), putAside });
      return null;
    }
  }
}
