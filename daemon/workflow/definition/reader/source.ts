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

/** Far more than anybody corrects at once; what tells them costs time and room. */
export const MAXIMUM_MISTAKES = 100;

/** Thrown at the mistake after the last that is told: a document that is wrong throughout is read no further. */
export class TooManyMistakes extends Error {}

/** The last mistake of a document that has more; it stands where the next one was found. */
const MORE = {
  where: '',
  expected: `at most ${MAXIMUM_MISTAKES} mistakes`,
  got: 'more',
  suggestion: 'correct these first',
  message: `And more: after ${MAXIMUM_MISTAKES} mistakes the file was read no further. Help: correct these first.`,
} as const;

const defaultAdvice = (expected: string): string => (expected.startsWith('one of ') ? `use ${expected}` : `write ${expected} here`);

const MAXIMUM_GOT_CHARACTERS = 80;
const MAXIMUM_SAID_CHARACTERS = 800;

const cut = (text: string, maximum: number): string => (text.length > maximum ? `${text.slice(0, maximum - 1)}…` : text);

/** Cut before the blanks are looked for, since it may be the rest of the file. */
const shortened = (text: string): string =>
  cut(
    text
      .slice(0, 10 * MAXIMUM_GOT_CHARACTERS)
      .replaceAll(/\s+/g, ' ')
      .trim(),
    MAXIMUM_GOT_CHARACTERS,
  );

/** The text of one document, with the mistakes found in it. */
export class Source {
  private lineStarts: readonly number[] | null = null;
  /** Two rules that want the same of one value are one mistake. */
  private readonly found = new Map<string, { readonly start: number; readonly mistake: Mistake }>();

  constructor(
    readonly text: string,
    readonly fileName: string,
  ) {}

  /** Throws TooManyMistakes where enough have been told. */
  report({ start, end }: Range, problem: Problem): void {
    const { where, what, expected, got } = this.cut(problem);
    const suggestion = cut(problem.suggestion ?? problem.advice ?? defaultAdvice(expected), MAXIMUM_SAID_CHARACTERS);
    const isWord = problem.suggestion !== null && problem.suggestion !== undefined;
    const help = isWord ? `Did you mean "${suggestion}"?` : `Help: ${suggestion}.`;
    const message = `${where === '' ? '' : `${where}: `}${what}: expected ${expected}, got ${got}. ${help}`;
    const key = `${start} ${message}`;
    if (this.found.has(key)) return;
    const isLast = this.found.size >= MAXIMUM_MISTAKES;
    const told = isLast ? MORE : { where, expected, got, suggestion, message };
    const length = Math.max(1, Math.min(end, this.endOfLine(start)) - start);
    const mistake = { file: this.fileName, ...this.placeOf(start), length, ...told };
    if (this.found.size <= MAXIMUM_MISTAKES) this.found.set(key, { start: isLast ? Infinity : start, mistake });
    if (isLast) throw new TooManyMistakes(MORE.message);
  }

  private cut({ where, what, expected, got }: Problem): Pick<Problem, 'where' | 'what' | 'expected' | 'got'> {
    const said = (text: string): string => cut(text, MAXIMUM_SAID_CHARACTERS);
    return { where: said(where), what: said(what), expected: said(expected), got: shortened(got) };
  }

  private placeOf(offset: number): Pick<Mistake, 'line' | 'column'> {
    this.lineStarts ??= [0, ...[...this.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    let line = 1;
    for (let step = 2 ** 20; step >= 1; step /= 2) if ((this.lineStarts[line + step - 1] ?? Infinity) <= offset) line += step;
    // Editors do not count the mark at the beginning that says that a file is UTF-8.
    const mark = line === 1 && this.text.startsWith('\uFEFF') ? 1 : 0;
    return { line, column: Math.max(1, offset - (this.lineStarts[line - 1] ?? 0) - mark + 1) };
  }

  private endOfLine(start: number): number {
    const end = this.text.indexOf('\n', start);
    return end === -1 ? this.text.length : end;
  }

  /** In the order of the file. */
  get mistakes(): readonly Mistake[] {
    return [...this.found.values()].sort((one, other) => one.start - other.start).map(({ mistake }) => mistake);
  }
}
