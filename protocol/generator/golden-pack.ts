/** How a value is written; MessagePack allows several encodings of most values. */
export type PackStyle =
  /** The shortest. */
  | 'compact'
  /** Every length and integer in its widest form. */
  | 'wide'
  /** Every number as float64, also an integer. */
  | 'floats';

/**
 * A second MessagePack encoder, for golden vectors only: the codec's own would give the vectors no independence, and it cannot
 * write the other encodings. A bigint becomes a 64-bit integer; a Uint8Array is inserted as ready bytes.
 */
export function packValue(value: unknown, style: PackStyle): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'bigint') return wideInteger(value);
  if (typeof value === 'number') return packNumber(value, style);
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([head(text.length, { fix: 0xa0, fixLimit: 31, wide8: 0xd9, wide16: 0xda, wide32: 0xdb }, style), text]);
  }
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => packValue(item, style));
    return Buffer.concat([head(items.length, { fix: 0x90, fixLimit: 15, wide8: null, wide16: 0xdc, wide32: 0xdd }, style), ...items]);
  }
  if (typeof value !== 'object') throw new TypeError(`no MessagePack for ${typeof value}`);
  const entries = Object.entries(value).map(([key, item]) => Buffer.concat([packValue(key, style), packValue(item, style)]));
  return Buffer.concat([head(entries.length, { fix: 0x80, fixLimit: 15, wide8: null, wide16: 0xde, wide32: 0xdf }, style), ...entries]);
}

interface Heads {
  readonly fix: number;
  readonly fixLimit: number;
  readonly wide8: number | null;
  readonly wide16: number;
  readonly wide32: number;
}

function head(length: number, heads: Heads, style: PackStyle): Buffer {
  if (style !== 'wide') {
    if (length <= heads.fixLimit) return Buffer.from([heads.fix | length]);
    if (heads.wide8 !== null && length <= 0xff) return Buffer.from([heads.wide8, length]);
    if (length <= 0xffff) return Buffer.from([heads.wide16, length >> 8, length & 0xff]);
  }
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(heads.wide32, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function packNumber(value: number, style: PackStyle): Buffer {
  if (style === 'floats' || !Number.isInteger(value)) {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(0xcb, 0);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (style === 'compact' && value >= 0 && value <= 0x7f) return Buffer.from([value]);
  if (style === 'compact' && value < 0 && value >= -32) return Buffer.from([0x100 + value]);
  if (style === 'compact' && value >= 0 && value <= 0xffff) return Buffer.from([0xcd, value >> 8, value & 0xff]);
  return wideInteger(BigInt(value));
}

function wideInteger(value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(value < 0n ? 0xd3 : 0xcf, 0);
  if (value < 0n) bytes.writeBigInt64BE(value, 1);
  else bytes.writeBigUInt64BE(value, 1);
  return bytes;
}
