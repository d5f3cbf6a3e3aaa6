import type { WireError } from '../../protocol/index.js';
import { ERROR_CATALOGUE, type CatalogueEntry, type ErrorCode, type ErrorKind } from './error-catalogue.js';

export { ERROR_CATALOGUE, ERROR_KINDS, type CatalogueEntry, type ErrorCode, type ErrorKind } from './error-catalogue.js';

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholder<Rest> : never;

type DetailNames<Code extends ErrorCode> =
  Placeholder<`${(typeof ERROR_CATALOGUE)[Code]['message']}${(typeof ERROR_CATALOGUE)[Code]['remedy']}`>;

/** What the texts of a code need, and anything else that is worth logging. */
export type ErrorDetails<Code extends ErrorCode> = { readonly [Name in DetailNames<Code>]: string | number } & {
  readonly [name: string]: unknown;
};

// The limits of the wire schema; a longer text is cut, never refused.
const MAXIMUM_TEXT_CHARACTERS = 4000;

function fill(template: string, details: Readonly<Record<string, unknown>>): string {
  const text = template.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const detail = details[name];
    return typeof detail === 'string' || typeof detail === 'number' ? String(detail) : placeholder;
  });
  return text.length > MAXIMUM_TEXT_CHARACTERS ? `${text.slice(0, MAXIMUM_TEXT_CHARACTERS - 1)}…` : text;
}

/** The only error that crosses a boundary. Its code, kind and texts come from the catalogue. */
export class GrymError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, details: ErrorDetails<Code>, options: { cause?: unknown; texts?: Pick<WireError, 'message' | 'remedy'> } = {}) {
    const entry: CatalogueEntry = ERROR_CATALOGUE[code];
    super(options.texts?.message ?? fill(entry.message, details), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'GrymError';
    this.code = code;
    this.kind = entry.kind;
    this.remedy = options.texts?.remedy ?? fill(entry.remedy, details);
    this.details = details;
  }

  /** An error that came over the wire or out of the journal, with the texts it had there. */
  static fromWire(error: WireError): GrymError {
    const code = Object.hasOwn(ERROR_CATALOGUE, error.code) ? (error.code as ErrorCode) : 'GRYM_INTERNAL';
    const { message, remedy } = error;
    return new GrymError<ErrorCode>(code, { reason: message } as unknown as ErrorDetails<ErrorCode>, { texts: { message, remedy } });
  }

  toWire(): WireError {
    return { code: this.code, kind: this.kind, message: this.message, remedy: this.remedy };
  }
}

export function isGrymError<Code extends ErrorCode = ErrorCode>(error: unknown, code?: Code): error is GrymError<Code> {
  return error instanceof GrymError && (code === undefined || error.code === code);
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`ENOENT`, `ENOSPC`, …) of anything that was thrown, where it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Anything that was thrown, as an error of the catalogue: what is none becomes `GRYM_INTERNAL` with its cause. */
export function toGrymError(error: unknown): GrymError {
  if (isGrymError(error)) return error;
  return new GrymError('GRYM_INTERNAL', { reason: messageOf(error) }, { cause: error });
}
