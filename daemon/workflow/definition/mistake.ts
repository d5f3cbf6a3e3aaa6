/** One mistake of a workflow document, at its place in the file. */
export interface Mistake {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
  /** Length of what is wrong, for the underline; at least 1. */
  readonly length: number;
  /** The place in the document's own terms: `steps.take.with.bars`. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** What was probably meant, ready to be typed; where nothing is near, what to do. */
  readonly suggestion: string;
  /** One sentence with all of it. */
  readonly message: string;
}
