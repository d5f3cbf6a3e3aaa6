import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { findPackageRoot, GrymError, messageOf } from '../../kernel/index.js';

export interface SpawnedProcess {
  readonly processId: number;
  /** Descriptor of our end of a socket; the process has the other one as 3. */
  readonly channel: number;
  /** Descriptor of a pipe with all that it writes to standard output and standard error. */
  readonly output: number;
}

/**
 * native/shared_buffer: anonymous memory that two processes map by its file descriptor, and the start of the second process. Its functions
 * throw an Error with `errorNumber`.
 */
export interface SharedMemory {
  /** A file descriptor of `bytes` bytes of zeros, 1 to 2³². */
  create(bytes: number): number;
  sizeOf(descriptor: number): number;
  /** At least so large; all of it is allocated at once. It never becomes smaller. */
  grow(descriptor: number, bytes: number): void;
  map(descriptor: number, bytes: number): ArrayBuffer;
  /** Empties the ArrayBuffer, and all views on it. */
  unmap(buffer: ArrayBuffer): void;
  close(descriptor: number): void;
  /**
   * Starts a program, off this thread and without a copy of this process, which a daemon of some size would feel (decision 070). The
   * descriptors are shared memory, and are 4, 5, … there.
   */
  spawn(command: readonly string[], environment: readonly string[], descriptors: readonly number[]): Promise<SpawnedProcess>;
  /** Null while it runs. Once it has told how a process ended, that one is gone. */
  reap(processId: number): { readonly code: number; readonly signal: number } | null;
  /** The kernel kills this process when its parent ends. False: the parent has ended already. */
  dieWithParent(parentProcessId: number): boolean;
}

const NAMES = ['create', 'sizeOf', 'grow', 'map', 'unmap', 'close', 'spawn', 'reap', 'dieWithParent'];
const moduleSchema = z.custom<SharedMemory>((value) => {
  if (typeof value !== 'object' || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return NAMES.every((name) => typeof entries.get(name) === 'function');
});

/** Throws GRYM_MODEL_HOSTS_UNAVAILABLE. */
export function loadSharedMemory(path: string = join(findPackageRoot(), 'build', 'native', 'shared_buffer.node')): SharedMemory {
  try {
    const loaded: unknown = createRequire(import.meta.url)(path);
    return moduleSchema.parse(loaded);
  } catch (error) {
    throw new GrymError('GRYM_MODEL_HOSTS_UNAVAILABLE', { reason: `${path} cannot be loaded (${messageOf(error)})` }, { cause: error });
  }
}
