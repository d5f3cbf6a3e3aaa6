/** A line longer than this is no event of a chat. */
const MAXIMUM_EVENT_CHARACTERS = 4_000_000;

/**
 * Reads server-sent events (HTML standard, section 9.2.6): the data of each, as pieces of the stream come in, wherever they are cut.
 * Lines end in LF, CRLF or CR; comments and all fields but `data` and `error` are skipped. llama-server reports errors in a field `error`.
 */
export class EventStream {
  private readonly decoder = new TextDecoder('utf-8');
  private rest = '';
  private data: string[] = [];
  private dataCharacters = 0;
  /** The last piece ended in CR: a LF that follows belongs to it. */
  private endedInReturn = false;

  /** The data of the events that this piece completes. Throws RangeError where one is longer than any chat's. */
  push(piece: Uint8Array): string[] {
    return this.take(this.decoder.decode(piece, { stream: true }));
  }

  /** What the end of the stream completes: servers forget the empty line after the last event. */
  end(): string[] {
    return [...this.take(`${this.decoder.decode()}\n`), ...this.dispatch()];
  }

  private take(text: string): string[] {
    if (text === '') return [];
    const fresh = this.endedInReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.endedInReturn = text.endsWith('\r');
    const lines = fresh.split(/\r\n|\n|\r/);
    lines[0] = this.rest + (lines[0] ?? '');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > MAXIMUM_EVENT_CHARACTERS) throw new RangeError(`a line of more than ${MAXIMUM_EVENT_CHARACTERS} characters`);
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): string[] {
    if (line === '') return this.dispatch();
    const [, field, value] = /^(data|error)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === undefined) return [];
    const text = value ?? '';
    this.dataCharacters += text.length;
    if (this.dataCharacters > MAXIMUM_EVENT_CHARACTERS)
      throw new RangeError(`an event of more than ${MAXIMUM_EVENT_CHARACTERS} characters`);
    this.data.push(field === 'error' ? `{"error":${text || '"it gave no reason"'}}` : text);
    return [];
  }

  private dispatch(): string[] {
    if (this.data.length === 0) return [];
    const data = this.data.join('\n');
    this.data = [];
    this.dataCharacters = 0;
    return [data];
  }
}
