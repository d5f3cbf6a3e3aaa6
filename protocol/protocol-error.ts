/** Same names as `ProblemReason` in C++ (protocol/wire/problem.hpp), and `type`, which C++ decodes to `Unknown`. */
export type ProtocolProblemReason =
  /** Larger than MAXIMUM_MESSAGE_BYTES. */
  | 'size'
  /** Not MessagePack or JSON, cut off, or bytes left over. */
  | 'syntax'
  /** Nested deeper than MAXIMUM_MESSAGE_DEPTH. */
  | 'depth'
  /** Readable, but not the plain data of this protocol: extensions, binary, NaN, integers beyond 2⁵³ … */
  | 'profile'
  /** A message of a type that this side does not take. */
  | 'type'
  /** A field is missing, unknown, of another type, or out of its bounds. */
  | 'value';

/** A message that cannot be decoded, or must not be sent. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly reason: ProtocolProblemReason,
    /** `$.bridge.slots[3].hash`; `$` is the whole message. */
    readonly path: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`At ${path}: expected ${expected}, got ${got}.`);
  }
}

/** Keys come from the other side: only a plain one is repeated in a message for the user. */
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return PLAIN_KEY.test(String(step)) ? `${text}.${String(step)}` : `${text}[?]`;
  }, '$');
}

/** What came, in words that do not repeat long or secret text. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return `text of ${Array.from(value).length} characters`;
  if (Array.isArray(value)) return `list of ${value.length}`;
  return typeof value === 'object' ? `map of ${Object.keys(value).length}` : typeof value;
}
