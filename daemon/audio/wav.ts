import { GrymError } from '../kernel/index.js';
import { clipFactsSchema, type ClipFacts } from './clip-facts.js';
import {
  acidChunk,
  broadcastChunk,
  FACTS_CHUNK_ID,
  factChunk,
  factsChunk,
  FORMAT_FLOAT,
  formatChunk,
  samplerChunk,
  type Chunk,
} from './wav-chunks.js';

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
// RIFF sizes are 32 bits wide.
const MAXIMUM_FILE_BYTES = 0xffff_fffe;

function invalid(reason: string, cause?: unknown): GrymError {
  return new GrymError('GRYM_WAV_INVALID', { reason }, { cause });
}

/** RIFF is little-endian; on a big-endian computer the words would have to be turned. */
function samplesAsBytes(samples: Float32Array): Uint8Array {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw invalid('this computer is big-endian, which is not supported');
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function assemble(chunks: readonly Chunk[]): Buffer {
  const bodyBytes = chunks.reduce((sum, { content }) => sum + CHUNK_HEADER_BYTES + content.byteLength + (content.byteLength & 1), 0);
  if (RIFF_HEADER_BYTES + bodyBytes > MAXIMUM_FILE_BYTES) throw invalid('it would be longer than 4 GiB');
  // Zeroed, so the byte that pads a chunk of odd size is zero.
  const file = Buffer.alloc(RIFF_HEADER_BYTES + bodyBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.byteLength - 8, 4);
  file.write('WAVE', 8, 'latin1');
  let offset = RIFF_HEADER_BYTES;
  for (const { id, content } of chunks) {
    file.write(id, offset, 'latin1');
    file.writeUInt32LE(content.byteLength, offset + 4);
    file.set(content, offset + CHUNK_HEADER_BYTES);
    offset += CHUNK_HEADER_BYTES + content.byteLength + (content.byteLength & 1);
  }
  return file;
}

/**
 * A clip as a float32 WAV file with `fact`, `bext`, `smpl`, `acid` and our own `grym` chunk. `samples` are interleaved,
 * frames × channels of them. The same samples and facts give the same bytes.
 */
export function encodeClipFile(samples: Float32Array, facts: ClipFacts): Buffer {
  const checked = clipFactsSchema.parse(facts);
  if (samples.length !== checked.frames * checked.channels) {
    throw invalid(`expected ${checked.frames} frames of ${checked.channels} channels, got ${samples.length} samples`);
  }
  return assemble([
    formatChunk(checked),
    factChunk(checked),
    broadcastChunk(checked),
    samplerChunk(checked),
    acidChunk(checked),
    factsChunk(checked),
    { id: 'data', content: samplesAsBytes(samples) },
  ]);
}

function readChunks(file: Buffer): Map<string, Buffer> {
  if (file.byteLength < RIFF_HEADER_BYTES || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw invalid('it does not begin with RIFF … WAVE');
  }
  const chunks = new Map<string, Buffer>();
  for (let offset = RIFF_HEADER_BYTES; offset + CHUNK_HEADER_BYTES <= file.byteLength;) {
    const id = file.toString('latin1', offset, offset + 4);
    const byteLength = file.readUInt32LE(offset + 4);
    const start = offset + CHUNK_HEADER_BYTES;
    if (start + byteLength > file.byteLength) throw invalid(`the chunk "${id}" is cut off`);
    if (!chunks.has(id)) chunks.set(id, file.subarray(start, start + byteLength));
    offset = start + byteLength + (byteLength & 1);
  }
  return chunks;
}

function parseFacts(content: Buffer): ClipFacts {
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw invalid(`its chunk "${FACTS_CHUNK_ID}" is not JSON`, error);
  }
  const outcome = clipFactsSchema.safeParse(value);
  if (!outcome.success) {
    const issue = outcome.error.issues[0];
    throw invalid(`its chunk "${FACTS_CHUNK_ID}" is wrong at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, outcome.error);
  }
  return outcome.data;
}

/**
 * The facts of a file that `encodeClipFile` wrote, checked against its format and length. Throws GRYM_WAV_INVALID with
 * what is wrong for any other input.
 */
export function readClipFacts(file: Buffer): ClipFacts {
  const chunks = readChunks(file);
  const format = chunks.get('fmt ');
  const data = chunks.get('data');
  const own = chunks.get(FACTS_CHUNK_ID);
  if (format === undefined || format.byteLength < 16) throw invalid('it has no format chunk');
  if (data === undefined) throw invalid('it has no samples');
  if (own === undefined) throw invalid('it was not made by grym-synth (no chunk with facts)');
  const facts = parseFacts(own);
  const isFloat = format.readUInt16LE(0) === FORMAT_FLOAT && format.readUInt16LE(14) === 32;
  if (!isFloat || format.readUInt16LE(2) !== facts.channels) throw invalid('its format is not the one that its facts promise');
  if (data.byteLength !== facts.frames * facts.channels * 4) {
    throw invalid(`expected ${facts.frames} frames, got ${data.byteLength / (facts.channels * 4)}`);
  }
  return facts;
}
