import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';

export const MAXIMUM_EXPRESSION_CHARACTERS = 2_000;
const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 8 };

/** A mistake inside an expression; `start` and `end` count characters of its source. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
    readonly hints: {
      readonly expected?: string;
      readonly got?: string;
      readonly suggestion?: string | null;
      readonly advice?: string | null;
    } = {},
  ) {
    super(message);
    this.name = 'ExpressionError';
  }
}

// Only its grammar is used here; numbers, null and the bound on work are those of workflows (docs/decisions/061).
const grammar = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, limits: LIMITS });

const STEP_REFERENCE = /\bsteps\.[a-z][a-z0-9]*(?:-[a-z0-9]+)+/y;

/**
 * Ids of steps have hyphens, which the grammar would take for minus signs. `steps.two-words` becomes `steps.two_words`: as
 * long as before, so that positions stay right, and `_` stands in no id.
 */
function joinIds(source: string): string {
  let joined = '';
  let quote = '';
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index] ?? '';
    STEP_REFERENCE.lastIndex = index;
    const reference = quote === '' ? STEP_REFERENCE.exec(source)?.[0] : undefined;
    if (reference !== undefined) {
      joined += reference.replaceAll('-', '_');
      index += reference.length - 1;
      continue;
    }
    if (quote !== '' && character === '\\') {
      joined += character + (source[index + 1] ?? '');
      index += 1;
      continue;
    }
    if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === character) quote = '';
    joined += character;
  }
  return joined;
}

/** The step that `steps.<field>` means. */
export const stepIdOf = (field: string): string => field.replaceAll('_', '-');

const SAID: Readonly<Record<string, string>> = {
  unexpected_token: 'a value, a name or "("',
  expected_token: 'the expression to go on',
  unexpected_character: 'an operator or the end of the expression',
  unterminated_string: 'a closing quotation mark',
  unterminated_triple_quoted_string: 'closing quotation marks',
  limit_exceeded: 'a smaller expression',
};

const unexpected = (got: string): string => (got === '' ? 'The expression ends too early' : `Unexpected ${got}`);

function explain(error: ParseError, source: string): ExpressionError {
  const start = Math.min(error.range?.start ?? 0, source.length);
  const end = Math.max(start, Math.min(error.range?.end ?? start, source.length));
  const got = source.slice(start, end).trim();
  const said = error.code === 'unexpected_token' || error.code === 'expected_token' ? unexpected(got) : error.summary;
  return new ExpressionError(said, start, end, {
    expected: SAID[error.code] ?? 'a CEL expression',
    got: got === '' ? 'the end of the expression' : got,
    ...(got === '=' || source.slice(start - 1, end + 1).includes('=') ? { suggestion: '==' } : {}),
  });
}

/** Throws ExpressionError. */
export function parseExpression(source: string): ASTNode {
  if (source.length > MAXIMUM_EXPRESSION_CHARACTERS) {
    throw new ExpressionError('The expression is too long', 0, source.length, {
      expected: `at most ${MAXIMUM_EXPRESSION_CHARACTERS} characters`,
      got: `${source.length} characters`,
    });
  }
  try {
    return grammar.parse(joinIds(source)).ast;
  } catch (error) {
    if (error instanceof ParseError) throw explain(error, source);
    throw error;
  }
}
