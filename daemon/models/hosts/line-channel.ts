import { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** More than any message may be long: what comes without an end is no message. */
const MAXIMUM_CHARACTERS = 2 ** 22;

export interface LineChannelOptions {
  readonly onMessage: (message: unknown) => void;
  /** What came was no JSON, or had no end. */
  readonly onNonsense: (reason: string) => void;
  /** The other end is closed: its process ends, or has ended. */
  readonly onClose: () => void;
}

/** The daemon's end of a channel to a Node process: one line of JSON for each message, as the variable NODE_CHANNEL_FD tells a process. */
export class LineChannel {
  private readonly socket: Socket;
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    descriptor: number,
    private readonly options: LineChannelOptions,
  ) {
    this.socket = new Socket({ fd: descriptor, readable: true, writable: true });
    this.socket.on('data', (chunk: Buffer) => this.take(this.decoder.write(chunk)));
    this.socket.on('error', () => undefined); // is followed by 'close'
    this.socket.on('close', () => options.onClose());
  }

  send(message: object): void {
    if (this.socket.writable) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Whether it keeps this process alive. */
  hold(isHeld: boolean): void {
    if (isHeld) this.socket.ref();
    else this.socket.unref();
  }

  close(): void {
    this.socket.destroy();
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.parse(line);
    if (this.rest.length <= MAXIMUM_CHARACTERS) return;
    this.rest = '';
    this.options.onNonsense('a message had no end');
  }

  private parse(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.options.onNonsense('a message was no JSON');
    }
    this.options.onMessage(message);
  }
}
