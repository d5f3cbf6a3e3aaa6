import { isGrymError } from './errors.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'plain'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields too. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Default: standard error, so that standard output stays the user's. */
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
}

function plainValue(value: unknown): unknown {
  if (isGrymError(value)) {
    return { code: value.code, kind: value.kind, message: value.message, details: value.details, stack: value.stack };
  }
  if (value instanceof Error) return { message: value.message, stack: value.stack };
  if (typeof value === 'bigint') return value.toString();
  return value;
}

function stringify(value: unknown): string {
  const seen = new WeakSet<object>();
  return JSON.stringify(value, (_, entry: unknown) => {
    const plain = plainValue(entry);
    if (typeof plain === 'object' && plain !== null) {
      if (seen.has(plain)) return '[again]';
      seen.add(plain);
    }
    return plain;
  });
}

function plainField(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : (stringify(value) ?? String(value));
}

/** Structured JSON lines (one object per line) or plain lines for a person. */
export function createLogger(options: LoggerOptions, context: LogFields = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const nowMs = options.nowMs ?? Date.now;
  const threshold = LOG_LEVELS.indexOf(options.level);

  const log = (level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const time = new Date(nowMs()).toISOString();
    const all = { ...context, ...fields };
    if (options.format === 'json') {
      write(stringify({ time, level, message, ...all }));
      return;
    }
    const details = Object.entries(all).map(([name, value]) => ` ${name}=${plainField(value)}`);
    write(`${time.slice(11, 23)} ${level.padEnd(5)} ${message}${details.join('')}`);
  };

  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (fields) => createLogger(options, { ...context, ...fields }),
  };
}
