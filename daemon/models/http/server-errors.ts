import type { IncomingHttpHeaders } from 'node:http';
import { GrymError, isGrymError, messageOf, systemCodeOf } from '../../kernel/index.js';

/** Who was asked, for errors. */
export interface ServerName {
  /** Without user, password and query. */
  readonly url: string;
  /** Never to stand in a text: keys, passwords. */
  readonly secrets: readonly string[];
}

const MAXIMUM_REASON_CHARACTERS = 300;
/** Shorter ones are none, and taking them out would only spoil the text. */
const SHORTEST_SECRET = 4;
/** A server that asks for a longer pause than an hour is not waited for as if it would come back soon. */
const LONGEST_RETRY_AFTER_SECONDS = 3_600;

/** The address as it may be shown. */
export function serverName(address: string, apiKey?: string): ServerName {
  const url = new URL(address);
  const secrets = [apiKey ?? '', url.password, ...url.searchParams.values()].filter((secret) => secret.length >= SHORTEST_SECRET);
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, secrets };
}

/** Words of a server as they may stand in an error: on one line, cut, without keys, and without the full stop that the catalogue sets. */
export function quotedWords(text: string, server: ServerName): string {
  const shown = server.secrets.reduce((words, secret) => words.replaceAll(secret, '…'), text);
  const line = shown.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const cut = line.length > MAXIMUM_REASON_CHARACTERS ? `${line.slice(0, MAXIMUM_REASON_CHARACTERS - 1)}…` : line;
  return cut.replace(/[.\s]+$/, '');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at this address',
  ECONNRESET: 'it cut the connection',
  EPIPE: 'it cut the connection',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to this computer',
  ENETUNREACH: 'there is no way to this network',
};

/** Of an error by which a connection failed; several addresses of one name each have their own. */
export function unreachable(error: unknown, server: ServerName): GrymError {
  if (isGrymError(error)) return error;
  const code = systemCodeOf(error);
  const known = code === undefined ? undefined : REASONS[code];
  const words = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error);
  const reason = known === undefined ? quotedWords(words, server) : `${known} (${String(code)})`;
  return new GrymError('GRYM_SERVER_UNREACHABLE', { url: server.url, reason }, { cause: error });
}

export function answerInvalid(server: ServerName, reason: string, cause?: unknown): GrymError {
  return new GrymError('GRYM_SERVER_ANSWER_INVALID', { url: server.url, reason: quotedWords(reason, server) }, { cause });
}

/** "7" or a date (RFC 9110, section 10.2.3), in seconds from now; undefined where there is none that can be read. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS) : undefined;
}

/** Seconds that a busy server asked to be left alone; undefined where it said nothing, and for other errors. */
export function retryAfterSecondsOf(error: unknown): number | undefined {
  const seconds = isGrymError(error, 'GRYM_SERVER_BUSY') ? error.details['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' ? seconds : undefined;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** The sentence in an error's body: OpenAI's `error.message`, FastAPI's `detail`, Triton's `error`, else the text itself. */
export function errorWords(body: string): string {
  if (/^\s*<(!doctype|html|\?xml)/i.test(body)) {
    return `a web page: ${/<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim() || 'one without a title'}`;
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body.trim();
  }
  const { error, message, detail } = fieldsOf(value);
  const words = [fieldsOf(error)['message'], error, message, detail].find((candidate) => typeof candidate === 'string');
  return typeof words === 'string' ? words : JSON.stringify(detail ?? error ?? value);
}

export interface FailedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The error for an answer that is none: any status but 2xx. */
export function statusError({ status, headers, body }: FailedAnswer, server: ServerName): GrymError {
  const { url } = server;
  const reason = quotedWords(errorWords(body), server) || 'it gave no reason';
  if (status === 429 || status === 503) {
    const retryAfterSeconds = parseRetryAfter(headers['retry-after'], Date.now());
    const pause = retryAfterSeconds === undefined ? '' : `; it asks for a pause of ${Math.ceil(retryAfterSeconds)} s`;
    return new GrymError('GRYM_SERVER_BUSY', { url, status, reason: `${reason}${pause}`, retryAfterSeconds });
  }
  if (status >= 500) return new GrymError('GRYM_SERVER_FAILED', { url, status, reason });
  if (status >= 300 && status < 400) {
    const target = quotedWords(headers.location ?? 'no address', server);
    return new GrymError('GRYM_SERVER_REFUSED', { url, status, reason: `it sends on to ${target}, and grym-synth follows no redirect` });
  }
  return new GrymError('GRYM_SERVER_REFUSED', { url, status, reason });
}
