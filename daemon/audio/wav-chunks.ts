import { rootNoteOf, type ClipFacts } from './clip-facts.js';

/**
 * The chunks of a clip's file that carry facts, byte by byte. Every one is a function of the clip's facts alone, so
 * that the same clip is the same file (docs/decisions/031-clip-files.md).
 */
export interface Chunk {
  /** Four characters. */
  readonly id: string;
  readonly content: Uint8Array;
}

export const FORMAT_FLOAT = 3;
/** The id of our own chunk: all facts as JSON, in full, where the standard chunks have no room or no field. */
export const FACTS_CHUNK_ID = 'grym';

const BEXT_DESCRIPTION_CHARACTERS = 256;
const BEXT_BYTES = 602;
const BEXT_UNKNOWN_LOUDNESS = 0x7fff;
const ORIGINATOR = 'grym-synth';

function toAscii(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^\x20-\x7e]/gu, '?');
}

export function formatChunk(facts: ClipFacts): Chunk {
  const content = Buffer.alloc(18);
  const bytesPerFrame = facts.channels * 4;
  content.writeUInt16LE(FORMAT_FLOAT, 0);
  content.writeUInt16LE(facts.channels, 2);
  content.writeUInt32LE(Math.round(facts.sampleRate), 4);
  content.writeUInt32LE(Math.round(facts.sampleRate) * bytesPerFrame, 8);
  content.writeUInt16LE(bytesPerFrame, 12);
  content.writeUInt16LE(32, 14);
  return { id: 'fmt ', content };
}

/** Required for any format but integer PCM: the number of frames. */
export function factChunk(facts: ClipFacts): Chunk {
  const content = Buffer.alloc(4);
  content.writeUInt32LE(facts.frames, 0);
  return { id: 'fact', content };
}

/** EBU Tech 3285, version 2. Date and time stay empty: they would make every rendering another file. */
export function broadcastChunk(facts: ClipFacts): Chunk {
  const content = Buffer.alloc(BEXT_BYTES);
  content.write(toAscii(facts.prompt).slice(0, BEXT_DESCRIPTION_CHARACTERS), 0, 'latin1');
  content.write(ORIGINATOR, 256, 'latin1');
  content.write(`seed ${facts.seed}`.slice(0, 32), 288, 'latin1');
  // 320: date (10), time (8); 338: time reference = 0, the project's start.
  content.writeUInt16LE(2, 346);
  // 348: UMID (64), none.
  const hundredths = (value: number | null): number =>
    value === null ? BEXT_UNKNOWN_LOUDNESS : Math.max(-32_768, Math.min(BEXT_UNKNOWN_LOUDNESS - 1, Math.round(value * 100)));
  content.writeInt16LE(hundredths(facts.loudnessLufs), 412);
  content.writeInt16LE(BEXT_UNKNOWN_LOUDNESS, 414);
  content.writeInt16LE(hundredths(facts.peakDbtp), 416);
  content.writeInt16LE(BEXT_UNKNOWN_LOUDNESS, 418);
  content.writeInt16LE(BEXT_UNKNOWN_LOUDNESS, 420);
  return { id: 'bext', content };
}

/** The sampler chunk: root note, and where the clip is a loop one endless forward loop over all of it. */
export function samplerChunk(facts: ClipFacts): Chunk {
  const loops = facts.loop ? 1 : 0;
  const content = Buffer.alloc(36 + loops * 24);
  content.writeUInt32LE(Math.round(1e9 / facts.sampleRate), 8);
  content.writeUInt32LE(rootNoteOf(facts.key) ?? 60, 12);
  content.writeUInt32LE(loops, 28);
  // The loop: id 0, type forward (0), first and last frame (inclusive), fraction 0, play count 0 = for ever.
  if (facts.loop) content.writeUInt32LE(facts.frames - 1, 36 + 12);
  return { id: 'smpl', content };
}

/** Sony's ACID chunk, as Ardour, REAPER, Live and libsndfile read it. */
export function acidChunk(facts: ClipFacts): Chunk {
  const rootNote = rootNoteOf(facts.key);
  const content = Buffer.alloc(24);
  // Flags: 1 one-shot, 2 root note set, 4 may be stretched.
  content.writeUInt32LE((facts.loop ? 4 : 1) | (rootNote === null ? 0 : 2), 0);
  content.writeUInt16LE(rootNote ?? 60, 4);
  content.writeUInt16LE(0x8000, 6);
  // Readers compute the length as beats × 60 / tempo, and the tempo counts quarter notes.
  content.writeUInt32LE(Math.round(facts.quarterNotes), 12);
  content.writeUInt16LE(facts.metre.denominator, 16);
  content.writeUInt16LE(facts.metre.numerator, 18);
  content.writeFloatLE(facts.tempoBpm, 20);
  return { id: 'acid', content };
}

/** Keys in one order, so that the same facts are the same bytes. */
export function factsChunk(facts: ClipFacts): Chunk {
  const keys = [...Object.keys(facts), ...Object.keys(facts.metre)].sort();
  return { id: FACTS_CHUNK_ID, content: Buffer.from(JSON.stringify(facts, keys), 'utf8') };
}
