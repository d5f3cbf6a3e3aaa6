import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../protocol/generator/comments.js';
import type { GoldenFile } from '../../protocol/generator/golden-vectors.js';
import { SeededRandom } from './frames-random.js';

export interface GoldenFrame {
  readonly bytes: Buffer;
  readonly value: unknown;
}

/** Every valid golden frame that `sender` may send: what the mutations start from. */
export function readGoldenFrames(sender: 'client' | 'daemon' | 'both'): GoldenFrame[] {
  const folder = join(packageRoot(), 'protocol', 'golden');
  return readdirSync(folder)
    .filter((name) => name !== 'frames.json')
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as GoldenFile)
    .filter((file) => sender === 'both' || file.sender === sender)
    .flatMap((file) => file.valid.map(({ bytes, value }) => ({ bytes: Buffer.from(bytes, 'hex'), value })));
}

/** Values that decoders get wrong. */
const ODD_VALUES = [
  ...['c0', 'c1', 'c2', 'c3', '00', '7f', 'ff', '80', '90', 'a0'],
  ...['cb7ff8000000000000', 'caff800000', 'cb8000000000000000', 'cb4340000000000000'],
  ...['cfffffffffffffffff', 'd38000000000000000', 'd37fffffffffffffff'],
  ...['dbffffffff', 'dd7fffffff', 'dfffffffff'],
  ...['a2c0af', 'a3eda080', 'c40100', 'd47240', 'c70001', 'd6ff00000000'],
].map((digits) => Buffer.from(digits, 'hex'));

/**
 * Makes hostile frames out of good ones, reproducibly: the same golden frames and seed give the same frames. Half of the mutations keep
 * the structure (another value, twice, gone, deeper, another length), half change bytes. The twin for the C++ decoder is
 * test/native/protocol/frame_mutator.cpp.
 */
export class FrameMutator {
  private readonly random: SeededRandom;

  constructor(
    private readonly corpus: readonly GoldenFrame[],
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
  }

  /** A MessagePack frame after one to four mutations. */
  next(): Buffer {
    let frame = this.random.pick(this.corpus).bytes;
    for (let rounds = this.rounds(); rounds > 0; rounds -= 1) {
      frame = this.random.below(2) === 0 ? this.mutateValue(frame) : this.mutateBytes(frame);
    }
    return frame;
  }

  /** A JSON frame after one to four mutations of its text. */
  nextText(): string {
    let text = JSON.stringify(this.random.pick(this.corpus).value);
    for (let rounds = this.rounds(); rounds > 0; rounds -= 1) text = this.mutateText(text);
    return text;
  }

  /** Many frames stay near a good one, where the bounds are. */
  private rounds(): number {
    return this.random.below(2) === 0 ? 1 : 1 + this.random.below(4);
  }

  private mutateValue(frame: Buffer): Buffer {
    const [begin, end] = this.pickItem(frame);
    const before = frame.subarray(0, begin);
    const item = frame.subarray(begin, end);
    const after = frame.subarray(end);
    switch (this.random.below(5)) {
      case 0:
        return Buffer.concat([before, this.otherValue(), after]);
      case 1:
        return Buffer.concat([before, item, item, after]);
      case 2:
        return Buffer.concat([before, after]);
      case 3:
        return Buffer.concat([before, Buffer.alloc(1 + this.random.below(40), 0x91), item, after]);
      default: {
        const head = Buffer.from([((item[0] ?? 0x80) & 0xf0) | this.random.below(16)]);
        return Buffer.concat([before, head, item.subarray(1), after]);
      }
    }
  }

  private mutateBytes(frame: Buffer): Buffer {
    const at = this.random.below(frame.length + 1);
    const before = frame.subarray(0, at);
    const byte = frame[at] ?? 0;
    switch (this.random.below(6)) {
      case 0:
        return Buffer.concat([before, Buffer.from([byte ^ (1 << this.random.below(8))]), frame.subarray(at + 1)]);
      case 1:
        return Buffer.concat([before, Buffer.from([this.random.below(256)]), frame.subarray(at + 1)]);
      case 2:
        return Buffer.concat([before, Buffer.from([0xc0 + this.random.below(32)]), frame.subarray(at + 1)]);
      case 3:
        return Buffer.concat([before, Buffer.alloc(1 + this.random.below(8), this.random.below(256)), frame.subarray(at)]);
      case 4:
        return Buffer.concat([before, frame.subarray(at + 1 + this.random.below(16))]);
      default:
        return before;
    }
  }

  private mutateText(text: string): string {
    const at = this.random.below(text.length + 1);
    const pieces = [
      '"',
      '{',
      '[',
      ']',
      '}',
      ',',
      ':',
      'null',
      '-',
      '1e999',
      '9007199254740993',
      '\\ud800',
      '\\',
      '[[[[[[[[[[[[[[[[[',
      '"__proto__":',
    ];
    switch (this.random.below(4)) {
      case 0:
        return text.slice(0, at) + this.random.pick(pieces) + text.slice(at);
      case 1:
        return text.slice(0, at) + text.slice(at + 1 + this.random.below(4));
      case 2:
        return text.slice(0, at) + String.fromCharCode(this.random.below(0x1_0000)) + text.slice(at + 1);
      default:
        return text.slice(0, at) + text.slice(Math.max(0, at - this.random.below(20)));
    }
  }

  private otherValue(): Buffer {
    if (this.random.below(3) > 0) return this.random.pick(ODD_VALUES);
    const donor = this.random.pick(this.corpus).bytes;
    const [begin, end] = this.pickItem(donor);
    return donor.subarray(begin, end);
  }

  private pickItem(frame: Buffer): [begin: number, end: number] {
    const begins: number[] = [];
    for (let at = 0; at < frame.length; at += headOf(frame, at).bytes) begins.push(at);
    if (begins.length === 0) return [0, 0];
    const begin = this.random.pick(begins);
    return [begin, endOf(frame, begin)];
  }
}

/** Bytes of the head and fixed part of the item at `at`, and how many items follow inside it. */
function headOf(frame: Buffer, at: number): { bytes: number; items: number } {
  const head = frame[at] ?? 0;
  const number = (size: number): number => (at + 1 + size <= frame.length ? frame.readUIntBE(at + 1, size) : 0);
  if (head >= 0x80 && head <= 0x8f) return { bytes: 1, items: 2 * (head & 0x0f) };
  if (head >= 0x90 && head <= 0x9f) return { bytes: 1, items: head & 0x0f };
  if (head >= 0xa0 && head <= 0xbf) return { bytes: 1 + (head & 0x1f), items: 0 };
  if (head === 0xca) return { bytes: 5, items: 0 };
  if (head === 0xcb) return { bytes: 9, items: 0 };
  if (head >= 0xcc && head <= 0xd3) return { bytes: 1 + (1 << (head & 0x03)), items: 0 };
  if (head >= 0xd9 && head <= 0xdb) {
    const size = 1 << (head - 0xd9);
    return { bytes: 1 + size + number(size), items: 0 };
  }
  if (head >= 0xdc && head <= 0xdf) {
    const size = head % 2 === 0 ? 2 : 4;
    return { bytes: 1 + size, items: number(size) * (head >= 0xde ? 2 : 1) };
  }
  return { bytes: 1, items: 0 };
}

/** Where the item that begins at `at` ends, its content included; the frame's end where it is cut off. */
function endOf(frame: Buffer, at: number): number {
  let end = at;
  for (let pending = 1; pending > 0 && end < frame.length; pending -= 1) {
    const { bytes, items } = headOf(frame, end);
    end += bytes;
    pending += items;
  }
  return Math.min(end, frame.length);
}
