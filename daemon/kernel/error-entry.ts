export const ERROR_KINDS = ['transient', 'timeout', 'resource', 'invalid-input', 'model-fault', 'cancelled', 'fatal'] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** One sentence: what was expected, what came, and where. */
  readonly message: string;
  /** What the user can do about it. */
  readonly remedy: string;
}
