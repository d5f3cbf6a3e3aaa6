import { request as plainRequest, type Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { cancelledError, GrymError, throwIfCancelled } from '../../kernel/index.js';
import { answerInvalid, statusError, unreachable, type ServerName } from './server-errors.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Keeps connections open between requests; a connection for each without. */
  readonly agent?: Agent;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** An address that swallows every packet is told long before a deadline that is meant for computing. */
const CONNECT_MS = 10_000;
/** Of an error's text; only its beginning is shown. */
const MAXIMUM_ERROR_BYTES = 65_536;

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;

function limitConnecting(request: ClientRequest, isSecure: boolean): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(new Error(`no connection within ${CONNECT_MS / 1_000} s`)), CONNECT_MS);
    const stop = (): void => clearTimeout(timer);
    socket.once(isSecure ? 'secureConnect' : 'connect', stop);
    socket.once('close', stop);
  });
}

/** Of a kept connection that the server closed in the same moment: the request has not been looked at, and goes out once more. */
const wasStale = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket && error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

function open(options: HttpRequest, server: ServerName, isRepeat = false): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, method, agent, signal, body } = options;
    const isSecure = url.protocol === 'https:';
    const length =
      body === undefined ? {} : { 'content-length': String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength) };
    const headers = { ...options.headers, ...length };
    const send = isSecure ? secureRequest : plainRequest;
    const request = send(url, { method, headers, agent: agent ?? false, signal });
    limitConnecting(request, isSecure);
    request.once('response', (message) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message }));
    request.on('error', (error) => {
      if (signal.aborted) reject(cancelledError(signal, `the request to ${server.url}`, error));
      else if (!isRepeat && wasStale(request, error)) resolve(open(options, server, true));
      else reject(unreachable(error, server));
    });
    request.end(body);
  });
}

/**
 * Sends a request and answers as soon as the answer's head is there; its status is 2xx. No redirect is followed. Ends by the signal, whose
 * reason is then thrown. Whoever gets an answer reads its body to the end or destroys it.
 */
export async function sendRequest(request: HttpRequest, server: ServerName): Promise<HttpAnswer> {
  throwIfCancelled(request.signal, `the request to ${server.url}`);
  const answer = await open(request, server).catch((error: unknown) => {
    throw unreachable(error, server);
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw statusError({ ...answer, body: await readErrorText(answer, server, request.signal) }, server);
}

/** The pieces of an answer as they come. Throws GRYM_SERVER_ANSWER_INVALID beyond `maximumBytes`, and destroys the connection unless read whole. */
export async function* bodyPieces(
  answer: HttpAnswer,
  maximumBytes: number,
  server: ServerName,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      bytes += piece.byteLength;
      if (bytes > maximumBytes) throw answerInvalid(server, `more than ${megabytes(maximumBytes)}`);
      yield piece;
    }
  } catch (error) {
    if (signal.aborted) throw cancelledError(signal, `the request to ${server.url}`, error);
    throw error instanceof GrymError ? error : unreachable(error, server);
  } finally {
    answer.body.destroy();
  }
}

export async function readBody(answer: HttpAnswer, maximumBytes: number, server: ServerName, signal: AbortSignal): Promise<Buffer> {
  const announced = Number(answer.headers['content-length'] ?? 0);
  if (announced > maximumBytes) {
    answer.body.destroy();
    throw answerInvalid(server, `${megabytes(announced)} where at most ${megabytes(maximumBytes)} were expected`);
  }
  const pieces: Buffer[] = [];
  for await (const piece of bodyPieces(answer, maximumBytes, server, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function readErrorText(answer: HttpAnswer, server: ServerName, signal: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes >= MAXIMUM_ERROR_BYTES) break;
    }
  } catch (error) {
    // The status says enough; its text was cut off.
    if (signal.aborted) throw cancelledError(signal, `the request to ${server.url}`, error);
  } finally {
    answer.body.destroy();
  }
  return Buffer.concat(pieces).subarray(0, MAXIMUM_ERROR_BYTES).toString('utf8');
}
