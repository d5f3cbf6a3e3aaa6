import { webcrypto } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failpoint, GrymError, makeFolder, newUuid, systemCodeOf } from '../kernel/index.js';
import { assertWritable } from './data-folder.js';
import { asStorageError } from './storage-errors.js';

export interface StoredBlob {
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly hash: string;
  readonly path: string;
  /** False where the same content was there already. */
  readonly created: boolean;
}

/** Immutable files named by the SHA-256 of their content. */
export interface BlobStore {
  readonly folder: string;
  /** When this resolves, the file is on the disk under its name. Throws GRYM_LIBRARY_UNWRITABLE; then nothing has changed. */
  put(content: Uint8Array): Promise<StoredBlob>;
  /** Throws as the file system does; with `verify` GRYM_BLOB_DAMAGED where the content is not what the name says. */
  read(hash: string, options?: { verify?: boolean }): Promise<Buffer>;
  pathOf(hash: string): string;
  has(hash: string): boolean;
  /** Hashes of all blobs, in no order. */
  list(): string[];
  /** Throws GRYM_LIBRARY_UNWRITABLE where a `put` would fail now. */
  assertWritable(): void;
}

const TEMPORARY_PREFIX = '.writing-';

/** Off the event loop: a long clip has tens of megabytes. */
async function sha256(content: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', content)).toString('hex');
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export class FileBlobStore implements BlobStore {
  constructor(
    readonly folder: string,
    private readonly extension: string,
  ) {
    try {
      makeFolder(folder);
      // The data folder is locked by this process, so a temporary file is one that a dead process left.
      for (const name of readdirSync(folder)) {
        if (name.startsWith(TEMPORARY_PREFIX)) rmSync(join(folder, name), { force: true });
      }
    } catch (error) {
      throw asStorageError(error, folder);
    }
  }

  pathOf(hash: string): string {
    return join(this.folder, `${hash}${this.extension}`);
  }

  has(hash: string): boolean {
    return statSync(this.pathOf(hash), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  list(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(this.extension))
      .map((name) => name.slice(0, -this.extension.length))
      .filter((name) => /^[0-9a-f]{64}$/.test(name));
  }

  assertWritable(): void {
    assertWritable(this.folder);
  }

  async put(content: Uint8Array): Promise<StoredBlob> {
    const hash = await sha256(content);
    const path = this.pathOf(hash);
    try {
      if (await this.holds(hash, content.byteLength)) return { hash, path, created: false };
      await this.write(content, path);
    } catch (error) {
      throw asStorageError(error, this.folder);
    }
    return { hash, path, created: true };
  }

  async read(hash: string, options: { verify?: boolean } = {}): Promise<Buffer> {
    const path = this.pathOf(hash);
    const content = await readFile(path);
    if (options.verify) {
      const found = await sha256(content);
      if (found !== hash) throw new GrymError('GRYM_BLOB_DAMAGED', { path, found });
    }
    return content;
  }

  /** Whether the content is there and whole. One that is damaged is put aside, not overwritten, and written anew. */
  private async holds(hash: string, byteLength: number): Promise<boolean> {
    const path = this.pathOf(hash);
    try {
      const { size } = await stat(path);
      if (size === byteLength && (await sha256(await readFile(path))) === hash) {
        // A process that died between rename and fsync of the folder may have left it unsynchronised.
        await syncFolder(this.folder);
        return true;
      }
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return false;
      throw error;
    }
    await rename(path, `${path}.damaged-${newUuid()}`);
    return false;
  }

  private async write(content: Uint8Array, path: string): Promise<void> {
    const temporary = join(this.folder, `${TEMPORARY_PREFIX}${newUuid()}`);
    try {
      const handle = await open(temporary, 'wx', 0o644);
      try {
        failpoint('blob.writing');
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      failpoint('blob.written');
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    failpoint('blob.renamed');
    await syncFolder(this.folder);
  }
}
