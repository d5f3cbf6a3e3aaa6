import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const MAXIMUM_LINE_CHARACTERS = 2_000;
/** A library that complains in a loop must not fill the disk. */
const MAXIMUM_LINES = 50;
const WINDOW_MS = 1_000;

export interface LogLinesOptions {
  readonly onLine: (line: string) => void;
  readonly nowMs: () => number;
}

/** Hands on what comes out of a process line by line: long lines cut, and at most 50 in a second, the others counted. */
export class LogLines {
  private rest = '';
  private lines = 0;
  private leftOut = 0;
  private windowEndsMs = 0;
  /** The last that was written: often the reason of what happens next. */
  last = '';

  constructor(private readonly options: LogLinesOptions) {}

  listen(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => this.take(decoder.write(chunk)));
    stream.on('end', () => this.flush());
    stream.on('error', () => undefined); // the process has ended
  }

  private take(text: string): void {
    const parts = (this.rest + text).split('\n');
    this.rest = (parts.pop() ?? '').slice(0, MAXIMUM_LINE_CHARACTERS);
    for (const line of parts) this.line(line);
  }

  private flush(): void {
    this.line(this.rest);
    this.rest = '';
    this.tellLeftOut();
  }

  private line(text: string): void {
    const line = text.trimEnd().slice(0, MAXIMUM_LINE_CHARACTERS);
    if (line === '') return;
    this.last = line;
    const nowMs = this.options.nowMs();
    if (nowMs >= this.windowEndsMs) {
      this.tellLeftOut();
      [this.lines, this.windowEndsMs] = [0, nowMs + WINDOW_MS];
    }
    this.lines += 1;
    if (this.lines <= MAXIMUM_LINES) this.options.onLine(line);
    else this.leftOut += 1;
  }

  private tellLeftOut(): void {
    if (this.leftOut > 0) this.options.onLine(`(${this.leftOut} more lines)`);
    this.leftOut = 0;
  }
}
