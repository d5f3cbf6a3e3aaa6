import { isUtf8 } from 'node:buffer';
import { formatPath, ProtocolError, type ProtocolProblemReason } from '../protocol-error.js';

/**
 * The wire profile: which MessagePack a message may be made of. Checked over the whole message before the decoder, which would
 * recurse on nesting, build objects from extensions and round large integers. Iterative, allocates one frame per level.
 * The twin in C++ is protocol/wire/profile.hpp; the golden vectors hold them together.
 *
 * Allowed: nil, booleans, integers within ±(2⁵³ − 1), finite floats, UTF-8 text, arrays, and maps with text keys.
 * Refused: binary, extensions, NaN and infinities, larger integers, other keys, the key `__proto__`, deeper nesting.
 */
export function checkProfile(bytes: Uint8Array, limits: { readonly bytes: number; readonly depth: number }): void {
  if (bytes.byteLength > limits.bytes) {
    throw new ProtocolError('size', '$', `at most ${limits.bytes} bytes`, `${bytes.byteLength} bytes`);
  }
  new ProfileWalk(bytes, limits.depth).run();
}

interface Frame {
  readonly isMap: boolean;
  /** Keys and values of a map count singly. */
  remaining: number;
  index: number;
  key: string | null;
}

class ProfileWalk {
  private readonly view: DataView;
  private readonly frames: Frame[] = [];
  private offset = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly depth: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    do {
      this.readItem();
      while (this.frames.at(-1)?.remaining === 0) {
        this.frames.pop();
        this.finishItem();
      }
    } while (this.frames.length > 0);
    const left = this.bytes.byteLength - this.offset;
    if (left > 0) throw new ProtocolError('syntax', '$', 'one MessagePack value', `${left} bytes more`);
  }

  private get expectsKey(): boolean {
    const frame = this.frames.at(-1);
    return frame?.isMap === true && frame.remaining % 2 === 0;
  }

  private finishItem(): void {
    const frame = this.frames.at(-1);
    if (!frame) return;
    frame.remaining -= 1;
    frame.index += 1;
    if (this.expectsKey) frame.key = null;
  }

  private readItem(): void {
    const head = this.take(1, () => this.view.getUint8(this.offset));
    if (head <= 0x7f || head >= 0xe0) return this.scalar('integer');
    if (head <= 0x8f) return this.descend(true, head & 0x0f);
    if (head <= 0x9f) return this.descend(false, head & 0x0f);
    if (head <= 0xbf) return this.text(head & 0x1f);
    switch (head) {
      case 0xc0:
        return this.scalar('null');
      case 0xc2:
      case 0xc3:
        return this.scalar('boolean');
      case 0xca:
        return this.float(this.take(4, () => this.view.getFloat32(this.offset)));
      case 0xcb:
        return this.float(this.take(8, () => this.view.getFloat64(this.offset)));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xd0:
      case 0xd1:
      case 0xd2:
        this.take(1 << (head & 0x03), () => 0);
        return this.scalar('integer');
      case 0xcf:
        return this.wideInteger(this.take(8, () => this.view.getBigUint64(this.offset)));
      case 0xd3:
        return this.wideInteger(this.take(8, () => this.view.getBigInt64(this.offset)));
      case 0xd9:
        return this.text(this.take(1, () => this.view.getUint8(this.offset)));
      case 0xda:
        return this.text(this.take(2, () => this.view.getUint16(this.offset)));
      case 0xdb:
        return this.text(this.take(4, () => this.view.getUint32(this.offset)));
      case 0xdc:
      case 0xde:
        return this.descend(
          head === 0xde,
          this.take(2, () => this.view.getUint16(this.offset)),
        );
      case 0xdd:
      case 0xdf:
        return this.descend(
          head === 0xdf,
          this.take(4, () => this.view.getUint32(this.offset)),
        );
      default:
        return this.foreign(head);
    }
  }

  /** Reads at the offset, then moves on; everything is read through here, so nothing is read beyond the end. */
  private take<Value>(size: number, read: () => Value): Value {
    if (size > this.bytes.byteLength - this.offset) this.cutOff();
    const value = read();
    this.offset += size;
    return value;
  }

  private cutOff(): never {
    throw new ProtocolError('syntax', '$', 'one whole MessagePack value', 'bytes that are none');
  }

  private scalar(kind: string): void {
    this.refuseAsKey(kind);
    this.finishItem();
  }

  private float(number: number): void {
    this.refuseAsKey('number');
    if (!Number.isFinite(number)) this.refuse('profile', 'finite number', Number.isNaN(number) ? 'NaN' : 'infinity');
    this.finishItem();
  }

  private wideInteger(number: bigint): void {
    this.refuseAsKey('integer');
    const limit = BigInt(Number.MAX_SAFE_INTEGER);
    if (number > limit || number < -limit) this.refuse('profile', 'integer within 2^53 - 1', number.toString());
    this.finishItem();
  }

  private text(size: number): void {
    const start = this.offset;
    this.take(size, () => null);
    const bytes = this.bytes.subarray(start, this.offset);
    if (!isUtf8(bytes)) this.refuse('profile', 'text in UTF-8', 'other bytes');
    const frame = this.frames.at(-1);
    if (frame && this.expectsKey) {
      const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
      if (key === '__proto__') this.refuse('profile', 'another key', 'the reserved key __proto__');
      this.finishItem();
      frame.key = key;
      return;
    }
    this.finishItem();
  }

  private descend(isMap: boolean, count: number): void {
    this.refuseAsKey(isMap ? 'map' : 'list');
    if (this.frames.length >= this.depth) this.refuse('depth', `at most ${this.depth} levels of nesting`, 'more');
    this.frames.push({ isMap, remaining: isMap ? count * 2 : count, index: 0, key: null });
  }

  private foreign(head: number): void {
    if (head === 0xc1) this.cutOff();
    const isBinary = head >= 0xc4 && head <= 0xc6;
    if (head >= 0xd4 && head <= 0xd8) this.take(1 + (1 << (head - 0xd4)), () => null);
    else {
      const lengthBytes = 1 << (head - (isBinary ? 0xc4 : 0xc7));
      const length = this.take(lengthBytes, () => this.unsigned(lengthBytes));
      this.take(length + (isBinary ? 0 : 1), () => null);
    }
    this.refuse('profile', 'plain data', isBinary ? 'binary data' : 'an extension');
  }

  private unsigned(size: number): number {
    if (size === 1) return this.view.getUint8(this.offset);
    return size === 2 ? this.view.getUint16(this.offset) : this.view.getUint32(this.offset);
  }

  private refuseAsKey(kind: string): void {
    if (this.expectsKey) this.refuse('profile', 'text as key', kind);
  }

  private refuse(reason: ProtocolProblemReason, expected: string, got: string): never {
    const steps = this.frames.flatMap((frame): (string | number)[] => {
      if (!frame.isMap) return [frame.index];
      return frame.key === null ? [] : [frame.key];
    });
    throw new ProtocolError(reason, formatPath(steps), expected, got);
  }
}
