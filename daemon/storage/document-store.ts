import { readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Low } from 'lowdb';
import type { z } from 'zod';
import { GrymError, makeFolder, type Disposable } from '../kernel/index.js';
import { assertWritable } from './data-folder.js';
import { DurableJsonFile, WRITING_MARK, type DocumentProblem } from './durable-json-file.js';
import { asStorageError } from './storage-errors.js';

/** A small JSON document with one writer. */
export interface Document<T> extends Disposable {
  readonly name: string;
  /** What was read or written last; null where there is nothing yet. */
  readonly data: T | null;
  /** When this resolves, the document is on the disk and the version before it lies beside it. Throws GRYM_LIBRARY_UNWRITABLE. */
  write(data: T): Promise<void>;
  /** As `write`, for the last version: the copy beside it holds the same, so that either may be damaged later. */
  seal(data: T): Promise<void>;
  /** Lets others open it. Wait for the writes before. */
  dispose(): void;
}

export interface DocumentStoreOptions<T> {
  readonly folder: string;
  readonly schema: z.ZodType<T>;
  readonly onProblem: (problem: DocumentProblem) => void;
}

const NAME = /^[A-Za-z0-9_-]{1,100}$/;

// Other processes are kept out by the lock on the data folder; two writers in this one would overwrite each other.
const openPaths = new Set<string>();

class LowDocument<T> implements Document<T> {
  private readonly low: Low<T | null>;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly file: DurableJsonFile<T>,
    private readonly folder: string,
  ) {
    openPaths.add(file.path);
    this.low = new Low<T | null>(
      { read: () => file.read(), write: (data) => (data === null ? Promise.resolve() : file.write(data)) },
      null,
    );
    this.low.data = file.readNow();
  }

  get data(): T | null {
    return this.low.data;
  }

  write(data: T): Promise<void> {
    return this.inTurn(async () => {
      this.low.data = data;
      await this.low.write();
    });
  }

  seal(data: T): Promise<void> {
    return this.inTurn(async () => {
      this.low.data = data;
      await this.file.seal(data);
    });
  }

  dispose(): void {
    openPaths.delete(this.file.path);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.writing
      .catch(() => undefined)
      .then(work)
      .catch((error: unknown) => {
        throw asStorageError(error, this.folder);
      });
    this.writing = next;
    return next;
  }
}

/**
 * Small JSON documents of one kind in one folder, each `<name>.json` with its previous-good copy `<name>.previous.json`. The
 * caller holds the lock on the data folder. lowdb rewrites the whole document at each write: not for what grows.
 */
export class DocumentStore<T> {
  readonly folder: string;

  constructor(private readonly options: DocumentStoreOptions<T>) {
    this.folder = resolve(options.folder);
    try {
      makeFolder(this.folder);
      // The data folder is locked by this process, so a temporary file is one that a dead process left.
      for (const name of readdirSync(this.folder)) {
        if (name.includes(WRITING_MARK)) rmSync(join(this.folder, name), { force: true });
      }
    } catch (error) {
      throw asStorageError(error, this.folder);
    }
  }

  /** The one writer of this document. Throws GRYM_DOCUMENT_IN_USE where it is open already. */
  open(name: string): Document<T> {
    const file = this.file(name);
    if (openPaths.has(file.path)) throw new GrymError('GRYM_DOCUMENT_IN_USE', { path: file.path });
    try {
      return new LowDocument(name, file, this.folder);
    } catch (error) {
      openPaths.delete(file.path);
      throw asStorageError(error, this.folder);
    }
  }

  /** The newest whole version, without opening it. */
  read(name: string): T | null {
    try {
      return this.file(name).readNow();
    } catch (error) {
      throw asStorageError(error, this.folder);
    }
  }

  /** Removes it and its previous-good copy; damaged ones that were put aside stay for whoever wants to look. */
  async remove(name: string): Promise<void> {
    const { path } = this.file(name);
    try {
      await Promise.all([path, DurableJsonFile.previousOf(path)].map((file) => rm(file, { force: true })));
    } catch (error) {
      throw asStorageError(error, this.folder);
    }
  }

  /** Names of all documents, also of those of which only the previous-good copy is left, in no order. */
  list(): string[] {
    const names = readdirSync(this.folder).map((file) => /^([A-Za-z0-9_-]+)(?:\.previous)?\.json$/.exec(file)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  /** Throws GRYM_LIBRARY_UNWRITABLE where a write would fail now. */
  assertWritable(): void {
    assertWritable(this.folder);
  }

  private file(name: string): DurableJsonFile<T> {
    if (!NAME.test(name)) throw new GrymError('GRYM_INTERNAL', { reason: `"${name}" is no name of a document` });
    return new DurableJsonFile(join(this.folder, `${name}.json`), this.options.schema, this.options.onProblem);
  }
}
