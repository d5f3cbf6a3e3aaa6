import type { SharedMemory } from './shared-memory.js';
import { SharedRegion } from './shared-region.js';
import { readTensors, writeTensors, type Placed } from './tensor-transfer.js';
import type { Tensors } from './tensor.js';

// The head of the request region: 32-bit words that both ends read and write with Atomics.
const HEAD_BYTES = 64;
const MAGIC = 0x47_52_59_4d;
const MAGIC_WORD = 0;
const CANCELLED_WORD = 1;
const HEARTBEAT_WORD = 2;

/** File descriptors of a host's process: 3 is its channel of control messages. */
export const REQUEST_DESCRIPTOR = 4;
export const REPLY_DESCRIPTOR = 5;

/**
 * What the daemon and one host share: a region for requests, which the daemon writes, one for replies, which the host writes, and words in
 * the first one's head, by which a task is cancelled without a message. Each end copies what it reads: the next task overwrites it.
 */
class SharedArena {
  constructor(
    protected readonly request: SharedRegion,
    protected readonly reply: SharedRegion,
  ) {}

  /** Anew each time: the region moves when it grows. */
  protected get words(): Int32Array {
    return new Int32Array(this.request.bytes, 0, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT);
  }

  get byteLength(): number {
    return this.request.bytes.byteLength + this.reply.bytes.byteLength;
  }

  close(): void {
    this.request.close();
    this.reply.close();
  }
}

/** The daemon's end. */
export class DaemonArena extends SharedArena {
  static create(memory: SharedMemory): DaemonArena {
    const request = SharedRegion.create(memory);
    try {
      const arena = new DaemonArena(request, SharedRegion.create(memory));
      Atomics.store(arena.words, MAGIC_WORD, MAGIC);
      return arena;
    } catch (error) {
      request.close();
      throw error;
    }
  }

  /** For the host's process, in the order of REQUEST_DESCRIPTOR and REPLY_DESCRIPTOR. */
  get descriptors(): readonly [request: number, reply: number] {
    return [this.request.descriptor, this.reply.descriptor];
  }

  writeRequest(tensors: Tensors): Promise<Placed> {
    return writeTensors(this.request, tensors, HEAD_BYTES);
  }

  readReply(placed: Placed): Promise<Tensors> {
    return readTensors(this.reply, placed, 0);
  }

  /** `taskId` is 1 … 2³¹ − 1. */
  cancel(taskId: number): void {
    Atomics.store(this.words, CANCELLED_WORD, taskId);
  }

  /** Changes while the host's event loop turns. */
  heartbeat(): number {
    return Atomics.load(this.words, HEARTBEAT_WORD);
  }
}

/** The host's end. */
export class HostArena extends SharedArena {
  /** Throws where the process was not given the two descriptors. */
  static inherit(memory: SharedMemory): HostArena {
    const arena = new HostArena(SharedRegion.inherit(memory, REQUEST_DESCRIPTOR), SharedRegion.inherit(memory, REPLY_DESCRIPTOR));
    if (Atomics.load(arena.words, MAGIC_WORD) !== MAGIC) throw new Error('the shared memory does not begin as the daemon begins it');
    return arena;
  }

  readRequest(placed: Placed): Promise<Tensors> {
    return readTensors(this.request, placed, HEAD_BYTES);
  }

  writeReply(tensors: Tensors): Promise<Placed> {
    return writeTensors(this.reply, tensors, 0);
  }

  isCancelled(taskId: number): boolean {
    return Atomics.load(this.words, CANCELLED_WORD) === taskId;
  }

  beat(): void {
    Atomics.add(this.words, HEARTBEAT_WORD, 1);
  }
}
