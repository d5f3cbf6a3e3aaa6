import type { z } from 'zod';
import { suggestion } from './did-you-mean.js';

const MAXIMUM_PROBLEMS = 8;

/** One sentence for each thing that is wrong with the parameters: what was expected, what came, and where. */
export function parameterProblems(issues: readonly z.core.$ZodIssue[], knownNames: readonly string[]): string {
  return issues
    .slice(0, MAXIMUM_PROBLEMS)
    .map((issue) => sentence(issue, knownNames))
    .join(' ');
}

function sentence(issue: z.core.$ZodIssue, knownNames: readonly string[]): string {
  const where = issue.path.join('.') || 'the parameters';
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    return `there is no parameter "${unknown}".${suggestion(unknown, knownNames)}`;
  }
  if (issue.input === undefined && issue.code === 'invalid_type') return `the parameter ${where} is missing.`;
  return `${where} must be ${expectation(issue)}, got ${shown(issue.input)}.`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters long` : `at most ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
