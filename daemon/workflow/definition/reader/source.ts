import { LineCounter } from 'yaml';
import type { Mistake } from '../mistake.js';

/** Characters of the file, the end excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Problem {
  /** Place in the document's own terms. */
  readonly where: string;
  /** What is wrong, as the beginning of a sentence. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  /** A word to be typed in its place. */
  readonly suggestion?: string | null;
  /** What to do, where no single word helps. */
  readonly advice?: string | null;
}

const defaultAdvice = (expected: string): string => (expected.startsWith('one of ') ? `use ${expected}` : `write ${expected} here`);

const MAXIMUM_GOT_CHARACTERS = 80;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAXIMUM_GOT_CHARACTERS ? `${line.slice(0, MAXIMUM_GOT_CHARACTERS - 1)}…` : line;
}

/** The text of one document, with the mistakes found in it. */
export class Source {
  readonly lines = new LineCounter();
  private readonly found: { readonly start: number; readonly mistake: Mistake }[] = [];

  constructor(
    readonly text: string,
    readonly fileName: string,
  ) {}

  report({ start, end }: Range, problem: Problem): void {
    const { line, col } = this.lines.linePos(start);
    const suggestion = problem.suggestion ?? problem.advice ?? defaultAdvice(problem.expected);
    const got = shortened(problem.got);
    const isWord = problem.suggestion !== null && problem.suggestion !== undefined;
    const help = isWord ? `Did you mean "${suggestion}"?` : `Help: ${suggestion}.`;
    const place = problem.where === '' ? '' : `${problem.where}: `;
    this.found.push({
      start,
      mistake: {
        file: this.fileName,
        line: Math.max(line, 1),
        column: Math.max(col, 1),
        length: Math.max(1, Math.min(end, this.endOfLine(start)) - start),
        where: problem.where,
        expected: problem.expected,
        got,
        suggestion,
        message: `${place}${problem.what}: expected ${problem.expected}, got ${got}. ${help}`,
      },
    });
  }

  private endOfLine(start: number): number {
    const end = this.text.indexOf('\n', start);
    return end === -1 ? this.text.length : end;
  }

  /** In the order of the file. */
  get mistakes(): readonly Mistake[] {
    const sorted = [...this.found].sort((one, other) => one.start - other.start);
    // Two rules that want the same of one value are one mistake.
    const once = new Map(sorted.map(({ start, mistake }) => [`${start} ${mistake.message}`, mistake]));
    return [...once.values()];
  }
}
