import type { ServerResponse } from 'node:http';
import { DONE, errorBody, eventOf, wholeAnswer } from './answers.js';
import type { Behaviour, ReceivedRequest } from './conformance-server.js';

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE: Headers = { 'content-type': 'application/json' };
const STREAM_TYPE: Headers = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Any answer at all. */
export const sends =
  (status: number, body: string | Uint8Array, headers: Headers = JSON_TYPE): Behaviour =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

/** A whole answer with this content. */
export const says = (content: string, promptTokens?: number): Behaviour => sends(200, wholeAnswer({ content }, promptTokens));

/** Its words depend on what it was asked. */
export const replies =
  (content: (request: ReceivedRequest) => string, promptTokens?: (request: ReceivedRequest) => number): Behaviour =>
  (request, response) =>
    void response.writeHead(200, JSON_TYPE).end(wholeAnswer({ content: content(request) }, promptTokens?.(request)));

export const refuses = (status: number, message: string, headers: Headers = {}): Behaviour =>
  sends(status, errorBody(message), { ...JSON_TYPE, ...headers });

/** Takes the request and never answers. */
export const hangs: Behaviour = () => undefined;

/** Cuts the connection before it has said a word. */
export const resets: Behaviour = (_request, response) => void response.socket?.resetAndDestroy();

async function written(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
  // One packet each: the other end gets them as they were cut.
  await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)));
}

/** A stream of these pieces, cut as they are. */
export const streams =
  (...pieces: readonly (string | Uint8Array)[]): Behaviour =>
  async (_request, response) => {
    response.writeHead(200, STREAM_TYPE);
    for (const piece of pieces) await written(response, piece);
    response.end();
  };

/** A stream whose bytes come one at a time. */
export const drips = (text: string): Behaviour => streams(...Array.from(Buffer.from(text, 'utf8'), (byte) => Uint8Array.of(byte)));

/** The same over and over, until nobody listens any more. */
export const floods =
  (headers: Headers, piece: string): Behaviour =>
  async (_request, response) => {
    response.on('error', () => undefined).writeHead(200, headers);
    let wake: () => void = () => undefined;
    response.on('drain', () => wake()).on('close', () => wake());
    while (!response.destroyed && response.writable) {
      if (!response.write(piece)) await new Promise<void>((resolve) => (wake = resolve));
    }
  };

/** Begins to stream, then cuts the connection. */
export const resetsAmid =
  (...pieces: readonly string[]): Behaviour =>
  async (_request, response) => {
    response.writeHead(200, STREAM_TYPE);
    for (const piece of pieces) await written(response, piece);
    response.socket?.resetAndDestroy();
  };

/** Announces more than it sends, and closes. */
export const truncates =
  (body: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(Buffer.byteLength(body) * 2) });
    response.write(body, () => response.socket?.destroy());
  };

/** Streams where it was asked to, else answers whole. */
export const chats =
  (content: string): Behaviour =>
  (request, response) =>
    request.body['stream'] === true
      ? streams(eventOf({ content }), eventOf({}, 'stop'), DONE)(request, response)
      : says(content)(request, response);

/** One behaviour where the request has this field, else the other. */
export const dependingOn =
  (field: string, withField: Behaviour, without: Behaviour): Behaviour =>
  (request, response) =>
    (Object.hasOwn(request.body, field) ? withField : without)(request, response);
