import { Composer, Lexer, Parser, type CST, type Node } from 'yaml';
import { MAXIMUM_MISTAKES, type Problem, type Range, type Source } from './source.js';

export const MAXIMUM_DOCUMENT_CHARACTERS = 256 * 1024;
/** Words, marks and blanks; a file of 2,000 steps has fewer. What is read of a file takes memory for each of them. */
const MAXIMUM_TOKENS = 150_000;
/** Open maps and lists; values and blocks within their bounds need less than half of it. */
const MAXIMUM_OPEN = 200;

// Of the errors that the parser tells, what was expected in their place, and what helps.
const SYNTAX: Readonly<Record<string, readonly [expected: string, advice: string | null]>> = {
  TAB_AS_INDENT: ['spaces as indentation', 'indent by two spaces for each level'],
  MULTIPLE_DOCS: ['one document in a file', 'remove the "---" and what follows it'],
  BLOCK_AS_IMPLICIT_KEY: ['text with ": " in it in quotation marks', 'put the text into quotation marks'],
  BAD_INDENT: [
    'entries of a map or list that begin in one column, and every bracket closed',
    'close every bracket, and indent this line as the entries around it',
  ],
  MISSING_CHAR: ['a closing quotation mark or bracket, or a space behind the colon', 'close it'],
};

// What the parser says of a line in a list that stands further left than the keys above it.
const LOST_ENTRY = [
  'an entry that begins with "- ", or a key in the column of the keys above',
  'indent this line as the keys above it',
] as const;

/** An expression in plain text where YAML takes its braces or its colon for its own: where it begins, and what was meant. */
function bareExpression(text: string, at: number): { readonly start: number; readonly quoted: string } | null {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const line = /^[^\n]*/.exec(text.slice(lineStart))?.[0] ?? '';
  for (const { index, 0: expression } of line.matchAll(/\$\{[^}]*\}?/g)) {
    const start = lineStart + index;
    const before = line.slice(0, index).trimEnd();
    const bare = /[:{,[-]$/.test(before);
    if (bare && start <= at + 1 && at <= start + expression.length) return { start, quoted: `'${expression.trim()}'` };
  }
  return null;
}

function lineFrom(text: string, start: number): string {
  return (/^[^\n]*/.exec(text.slice(start))?.[0] ?? '').trim();
}

const TOO_DEEP = {
  what: 'The document is nested too deeply',
  expected: 'a few levels',
  got: 'more than can be read',
  advice: 'make it flatter',
};

export function reportDepth(source: Source, start = 0): void {
  source.report({ start, end: start + 1 }, { where: '', ...TOO_DEEP });
}

type SyntaxProblem = { readonly code: string; readonly message: string; readonly pos: readonly [number, number] };

function reportSyntax(source: Source, { code, message, pos: [start, end] }: SyntaxProblem): void {
  const bare = bareExpression(source.text, start);
  if (bare !== null) {
    const what = 'An expression with braces or a colon in it needs quotation marks here';
    const problem = {
      where: '',
      what,
      expected: 'the expression in quotation marks',
      got: lineFrom(source.text, bare.start),
      suggestion: bare.quoted,
    };
    source.report({ start: bare.start, end: bare.start + bare.quoted.length - 2 }, problem);
    return;
  }
  if (message.includes('call stack')) return reportDepth(source, start);
  const [expected, advice] = message.startsWith('Sequence item') ? LOST_ENTRY : (SYNTAX[code] ?? ['YAML', null]);
  const rest = lineFrom(source.text, start);
  const got = rest === '' ? 'the end of the line' : rest;
  const what = (message.split(' at line ')[0] ?? message).replace(/[:.]$/, '');
  source.report({ start, end }, { where: '', what, expected, got, advice });
}

/** What ends the reading at once: the parser would go on through the rest of the file. */
class Stop extends Error {
  constructor(
    readonly range: Range,
    readonly problem: Omit<Problem, 'where'>,
  ) {
    super(problem.what);
  }
}

/** What the parser marks the text of a scalar with. */
const SCALAR_FOLLOWS = '\u001f';

const MAY_END_A_DOCUMENT = ['space', 'newline', 'comment'];

/** What stands behind the document's value: the composer makes an error of each token that may not. */
function endAtFirstError({ end }: CST.Document): void {
  const first = end?.findIndex(({ type }) => !MAY_END_A_DOCUMENT.includes(type)) ?? -1;
  if (end !== undefined && first !== -1) end.length = first + 1;
}

/** The file's tokens for the composer. Looks at each before anything is made of it: bounds first. */
function* tokensOf(text: string, tags: Range[]): Generator<CST.Token, void> {
  const parser = new Parser();
  let count = 0;
  let isText = false;
  for (const lexeme of new Lexer().lex(text)) {
    const start = parser.offset;
    count += 1;
    if (count > MAXIMUM_TOKENS) {
      const problem = { what: 'The document has too many parts', expected: `at most ${MAXIMUM_TOKENS} words and marks`, got: 'more' };
      throw new Stop({ start, end: start + 1 }, { ...problem, advice: 'split it, or write it in fewer parts' });
    }
    if (!isText && lexeme.startsWith('!') && tags.length < MAXIMUM_MISTAKES) tags.push({ start, end: start + lexeme.length });
    isText = lexeme === SCALAR_FOLLOWS;
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') {
        const problem = { what: 'Directives have no place here', expected: 'a workflow', got: token.source, advice: 'remove this line' };
        throw new Stop({ start: token.offset, end: token.offset + token.source.length }, problem);
      }
      if (token.type === 'document') endAtFirstError(token);
      yield token;
      // What follows would be errors too, each kept in memory.
      if (token.type === 'error') return;
    }
    if (parser.stack.length > MAXIMUM_OPEN) throw new Stop({ start, end: start + 1 }, TOO_DEEP);
  }
  yield* parser.end();
}

function compose(source: Source): Node | null {
  const tags: Range[] = [];
  // Keys that stand twice are found by the walker: the composer compares each with each.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false });
  let contents: Node | null = null;
  let isFirst = true;
  for (const document of composer.compose(tokensOf(source.text, tags), true, source.text.length)) {
    const [start, end] = document.range;
    // An error of the syntax makes the parser stumble over what follows: only the first tells something.
    const error = isFirst
      ? document.errors[0]
      : { code: 'MULTIPLE_DOCS', message: 'Source contains multiple documents', pos: [start, end] as const };
    if (error !== undefined) {
      reportSyntax(source, error);
      contents = null;
      break;
    }
    ({ contents } = document);
    isFirst = false;
  }
  for (const tag of tags) {
    const got = source.text.slice(tag.start, tag.end);
    source.report(tag, { where: '', what: 'Tags have no place here', expected: 'a plain value', got });
  }
  return contents;
}

/** Control characters, and what stands for bytes that are no text. */
const NO_TEXT = /[^\P{Cc}\t\n\r\u0085]|[\uFFFD\p{Surrogate}]/u;

/** The document's root, or null with the mistakes reported. */
export function parseYaml(source: Source): Node | null {
  const { length } = source.text;
  if (length > MAXIMUM_DOCUMENT_CHARACTERS) {
    const problem = {
      what: 'The document is too long',
      expected: `at most ${MAXIMUM_DOCUMENT_CHARACTERS} characters`,
      got: `${length} characters`,
    };
    source.report({ start: 0, end: 1 }, { where: '', ...problem });
    return null;
  }
  const foreign = NO_TEXT.exec(source.text);
  if (foreign !== null) {
    const code = `U+${foreign[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    const problem = { what: 'This is no text in UTF-8', expected: 'characters that can be read', got: code };
    source.report({ start: foreign.index, end: foreign.index + 1 }, { where: '', ...problem, advice: 'save the file as UTF-8' });
    return null;
  }
  try {
    return compose(source);
  } catch (error) {
    if (error instanceof Stop) source.report(error.range, { where: '', ...error.problem });
    else if (error instanceof RangeError) reportDepth(source);
    else throw error;
    return null;
  }
}
