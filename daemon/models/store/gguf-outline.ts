import { WindowedReader, type Outline } from './onnx-outline.js';

// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
const MAGIC = 'GGUF';
const TYPE_STRING = 8;
const TYPE_ARRAY = 9;
/** Bytes of a value by its type: uint8, int8, uint16, int16, uint32, int32, float32, bool; then uint64, int64, float64. */
const SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
/** More than any model has, so that a damaged number ends the reading. */
const MAXIMUM_ENTRIES = 100_000;
const MAXIMUM_DIMENSIONS = 8;
const DEFAULT_ALIGNMENT = 32;

class GgufReader {
  at = 0;

  constructor(private readonly reader: WindowedReader) {}

  async uint32(): Promise<number> {
    const bytes = await this.take(4);
    return bytes.readUInt32LE();
  }

  async uint64(): Promise<number> {
    const value = Number((await this.take(8)).readBigUInt64LE());
    if (!Number.isSafeInteger(value)) throw new RangeError('it is no GGUF file');
    return value;
  }

  async text(): Promise<string> {
    const length = await this.uint64();
    const name = await this.reader.bytes(this.at, Math.min(length, 1_000));
    const text = name.toString('utf8');
    this.skip(length);
    return text;
  }

  /** The value where it is a small number or a text, else null. */
  async value(type: number): Promise<number | string | null> {
    if (type === TYPE_STRING) return this.text();
    if (type === TYPE_ARRAY) {
      const inner = await this.uint32();
      const count = await this.uint64();
      const size = SIZES[inner];
      if (size !== undefined) this.skip(size * count);
      else for (let index = 0; index < count; index += 1) await this.value(inner);
      return null;
    }
    const size = SIZES[type];
    if (size === undefined) throw new RangeError('it is no GGUF file');
    if (type === 4) return this.uint32();
    this.skip(size);
    return null;
  }

  private async take(count: number): Promise<Buffer> {
    const bytes = await this.reader.bytes(this.at, count);
    this.at += count;
    return bytes;
  }

  private skip(count: number): void {
    this.at += count;
    if (this.at > this.reader.size) throw new RangeError('it is cut off');
  }
}

function bounded(count: number): number {
  if (count > MAXIMUM_ENTRIES) throw new RangeError('it is no GGUF file');
  return count;
}

/** The architecture (`qwen2`) of a GGUF file, and whether all its tensors begin inside it; reads the header only, and runs nothing. */
export async function ggufOutline(path: string): Promise<Outline<{ readonly architecture: string; readonly name: string }>> {
  try {
    return await WindowedReader.use(path, async (window) => {
      if (window.size < 24 || (await window.bytes(0, 4)).toString('latin1') !== MAGIC)
        return { whole: false, reason: 'it is no GGUF file' };
      const reader = new GgufReader(window);
      reader.at = 4;
      const version = await reader.uint32();
      if (version < 2 || version > 3) return { whole: false, reason: `its GGUF version ${version} is not known here (2 and 3 are)` };
      const tensors = bounded(await reader.uint64());
      const entries = bounded(await reader.uint64());
      const facts = new Map<string, number | string | null>();
      for (let index = 0; index < entries; index += 1) {
        const key = await reader.text();
        facts.set(key, await reader.value(await reader.uint32()));
      }
      let last = 0;
      for (let index = 0; index < tensors; index += 1) last = Math.max(last, await tensorOffset(reader));
      const alignment = facts.get('general.alignment');
      const step = typeof alignment === 'number' && alignment > 0 ? alignment : DEFAULT_ALIGNMENT;
      const dataStart = Math.ceil(reader.at / step) * step;
      if (dataStart + last >= window.size) return { whole: false, reason: 'it is cut off' };
      return { whole: true, architecture: String(facts.get('general.architecture') ?? ''), name: String(facts.get('general.name') ?? '') };
    });
  } catch (error) {
    if (error instanceof RangeError) return { whole: false, reason: error.message };
    throw error;
  }
}

async function tensorOffset(reader: GgufReader): Promise<number> {
  await reader.text();
  const dimensions = await reader.uint32();
  if (dimensions > MAXIMUM_DIMENSIONS) throw new RangeError('it is no GGUF file');
  for (let index = 0; index < dimensions; index += 1) await reader.uint64();
  await reader.uint32();
  return reader.uint64();
}
