import { setImmediate as turn } from 'node:timers/promises';
import type { SharedMemory } from './shared-memory.js';

const FIRST_BYTES = 2 ** 18;
/** Longer audio than any model takes at once; what asks for more is a mistake. */
export const MAXIMUM_REGION_BYTES = 2 ** 30;
/** Clearing and copying so much takes about a millisecond; then the loop turns. */
export const BLOCK_BYTES = 2 ** 22;

/** Memory that two processes share: one of them writes and makes it larger, the other one reads. Both hold the same file descriptor. */
export class SharedRegion {
  private buffer: ArrayBuffer;
  private isClosed = false;

  private constructor(
    private readonly memory: SharedMemory,
    readonly descriptor: number,
  ) {
    this.buffer = memory.map(descriptor, memory.sizeOf(descriptor));
  }

  static create(memory: SharedMemory): SharedRegion {
    return new SharedRegion(memory, memory.create(FIRST_BYTES));
  }

  /** The end that was given the descriptor by its number. */
  static inherit(memory: SharedMemory, descriptor: number): SharedRegion {
    return new SharedRegion(memory, descriptor);
  }

  /** What this end sees of it. Views are of no use after `reserve` or `reach`. */
  get bytes(): ArrayBuffer {
    return this.buffer;
  }

  /** The writer's: makes it at least so large, at least twice what it was, block by block. Throws where the system has no memory. */
  async reserve(bytes: number): Promise<void> {
    if (bytes <= this.buffer.byteLength) return;
    if (bytes > MAXIMUM_REGION_BYTES) throw new RangeError(`${bytes} bytes are more than may cross at once (${MAXIMUM_REGION_BYTES})`);
    const wanted = Math.min(MAXIMUM_REGION_BYTES, Math.max(bytes, 2 * this.buffer.byteLength));
    for (let size = this.buffer.byteLength; size < wanted; await turn()) {
      this.assertOpen();
      size = Math.min(wanted, size + BLOCK_BYTES);
      this.memory.grow(this.descriptor, size);
    }
    this.assertOpen();
    this.remap(wanted);
  }

  /** The reader's: sees at least so much of it, or throws a RangeError where it is not so large. */
  reach(bytes: number): void {
    this.assertOpen();
    if (bytes <= this.buffer.byteLength) return;
    const size = this.memory.sizeOf(this.descriptor);
    if (bytes > size || size > MAXIMUM_REGION_BYTES)
      throw new RangeError(`${bytes} bytes of shared memory were named, and there are ${size}`);
    this.remap(size);
  }

  /** Gives up this end; whoever copies gets an error. The memory is free again when the other end has ended too. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.memory.unmap(this.buffer);
    this.memory.close(this.descriptor);
  }

  /** The number of a closed descriptor may be somebody else's by now. */
  private assertOpen(): void {
    if (this.isClosed) throw new Error('the shared memory was closed');
  }

  private remap(bytes: number): void {
    const before = this.buffer;
    this.buffer = this.memory.map(this.descriptor, bytes);
    this.memory.unmap(before);
  }
}
