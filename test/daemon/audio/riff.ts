// A reader of RIFF files of its own, from the specifications, so that the writer is not checked by itself.
export interface RiffChunk {
  readonly id: string;
  readonly offset: number;
  readonly content: DataView;
}

export function readRiff(file: Uint8Array): RiffChunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const text = (offset: number): string => String.fromCharCode(...file.subarray(offset, offset + 4));
  if (text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error('no RIFF WAVE file');
  if (view.getUint32(4, true) !== file.byteLength - 8) throw new Error('the RIFF size is not the file size less 8');
  const chunks: RiffChunk[] = [];
  let offset = 12;
  while (offset < file.byteLength) {
    const length = view.getUint32(offset + 4, true);
    chunks.push({ id: text(offset), offset, content: new DataView(file.buffer, file.byteOffset + offset + 8, length) });
    if (length % 2 === 1 && file[offset + 8 + length] !== 0) throw new Error(`the padding of ${text(offset)} is not zero`);
    offset += 8 + length + (length % 2);
  }
  if (offset !== file.byteLength) throw new Error('the chunks do not fill the file');
  return chunks;
}

export function chunk(file: Uint8Array, id: string): DataView {
  const found = readRiff(file).filter((entry) => entry.id === id);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`expected one ${id} chunk, found ${found.length}`);
  return found[0].content;
}

/** Text up to the first zero. */
export function textAt(view: DataView, offset: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end === -1 ? length : end));
}
