import { open, type FileHandle } from 'node:fs/promises';

/** What the first look at a file of weights tells. `reason` completes "<file>: <reason>". */
export type Outline<Facts> = ({ readonly whole: true } & Facts) | { readonly whole: false; readonly reason: string };

const WINDOW_BYTES = 64 * 1024;

/** Reads a large file here and there, a window at a time. Bytes beyond its end are an error. */
export class WindowedReader {
  private window = Buffer.alloc(0);
  private windowStart = 0;

  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  static async use<T>(path: string, work: (reader: WindowedReader) => Promise<T>): Promise<T> {
    const handle = await open(path, 'r');
    try {
      return await work(new WindowedReader(handle, (await handle.stat()).size));
    } finally {
      await handle.close();
    }
  }

  async bytes(start: number, count: number): Promise<Buffer> {
    if (!Number.isSafeInteger(start) || start < 0 || count < 0 || start + count > this.size) throw new RangeError('it is cut off');
    if (start < this.windowStart || start + count > this.windowStart + this.window.length) await this.load(start, count);
    return this.window.subarray(start - this.windowStart, start - this.windowStart + count);
  }

  private async load(start: number, count: number): Promise<void> {
    const buffer = Buffer.alloc(Math.min(Math.max(count, WINDOW_BYTES), this.size - start));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, filled, buffer.length - filled, start + filled);
      if (bytesRead === 0) throw new RangeError('it is cut off');
      filled += bytesRead;
    }
    this.window = buffer;
    this.windowStart = start;
  }
}

interface Field {
  readonly number: number;
  /** Of the value; for numbers both are the same place. */
  readonly start: number;
  readonly end: number;
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

async function varint(reader: WindowedReader, start: number): Promise<{ value: number; end: number }> {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const [byte = 0] = await reader.bytes(start + index, 1);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new RangeError('it is no ONNX graph');
}

/** The fields of one Protocol Buffers message, without its contents. Throws RangeError where it does not end where it should. */
async function* fields(reader: WindowedReader, start: number, end: number): AsyncGenerator<Field> {
  let at = start;
  while (at < end) {
    const tag = await varint(reader, at);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (number === 0) throw new RangeError('it is no ONNX graph');
    let from = tag.end;
    let to: number;
    if (wire === WIRE.varint) to = (await varint(reader, from)).end;
    else if (wire === WIRE.fixed64) to = from + 8;
    else if (wire === WIRE.fixed32) to = from + 4;
    else if (wire === WIRE.bytes) {
      const length = await varint(reader, from);
      from = length.end;
      to = from + length.value;
    } else throw new RangeError('it is no ONNX graph');
    if (to > end) throw new RangeError('it is cut off');
    yield { number, start: from, end: to };
    at = to;
  }
}

// onnx.proto: ModelProto.graph = 7, GraphProto.input = 11 and output = 12, ValueInfoProto.name = 1.
const MODEL_GRAPH = 7;
const GRAPH_INPUT = 11;
const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;

async function nameOf(reader: WindowedReader, value: Field): Promise<string> {
  for await (const field of fields(reader, value.start, value.end)) {
    if (field.number === VALUE_NAME) return (await reader.bytes(field.start, Math.min(field.end - field.start, 1_000))).toString('utf8');
  }
  return '';
}

/** Names of a graph's inputs and outputs, and whether the file is whole; reads a small part of it, and runs nothing. */
export async function onnxOutline(
  path: string,
): Promise<Outline<{ readonly inputs: readonly string[]; readonly outputs: readonly string[] }>> {
  try {
    return await WindowedReader.use(path, async (reader) => {
      const inputs: string[] = [];
      const outputs: string[] = [];
      for await (const part of fields(reader, 0, reader.size)) {
        if (part.number !== MODEL_GRAPH) continue;
        for await (const field of fields(reader, part.start, part.end)) {
          if (field.number === GRAPH_INPUT) inputs.push(await nameOf(reader, field));
          if (field.number === GRAPH_OUTPUT) outputs.push(await nameOf(reader, field));
        }
      }
      if (outputs.length === 0) return { whole: false, reason: 'it is no ONNX graph' };
      return { whole: true, inputs, outputs };
    });
  } catch (error) {
    if (error instanceof RangeError) return { whole: false, reason: error.message };
    throw error;
  }
}
