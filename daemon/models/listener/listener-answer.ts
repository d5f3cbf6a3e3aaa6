import { z } from 'zod';
import type { JsonObject } from '../../kernel/index.js';
import { findJsonObject } from '../chat/index.js';
import type { Heard } from '../describe.js';

const MAXIMUM_ENTRIES = 12;
const MAXIMUM_WORD_CHARACTERS = 80;
const MAXIMUM_NOTE_CHARACTERS = 300;

/** On one line, cut at a word, without the full stop. */
function tidy(text: string, maximumCharacters: number): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= maximumCharacters) return line.replace(/\.$/, '');
  return `${line.slice(0, maximumCharacters).replace(/\s+\S*$/, '')}…`;
}

/** A list of texts; one text counts as a list of one. What is too long is cut, what says nothing is left out. */
const listOf = (maximumCharacters: number): z.ZodType<string[]> =>
  z.union([z.string().transform((text) => [text]), z.array(z.string()).max(1_000)]).transform((texts) =>
    texts
      .map((text) => tidy(text, maximumCharacters))
      .filter((text) => text !== '' && !/^(none|n\/a|unknown|nothing)$/i.test(text))
      .slice(0, MAXIMUM_ENTRIES),
  );

const word = listOf(MAXIMUM_WORD_CHARACTERS);
const note = listOf(MAXIMUM_NOTE_CHARACTERS);

const answerSchema = z.object({ instruments: word, mood: word, genre: word, production_notes: note, issues: note });

export type AnswerReading = { readonly heard: Heard } | { readonly problem: string };

/** What the server said it heard, or what is wrong with its answer, in words that it is told. */
export function readListenerAnswer(content: string): AnswerReading {
  const object: JsonObject | undefined = findJsonObject(content);
  if (object === undefined) return { problem: 'there is no whole JSON object in it' };
  const outcome = answerSchema.safeParse(object);
  if (!outcome.success) {
    const issue = outcome.error.issues[0];
    const field = issue?.path.join('.') || 'it';
    return { problem: `"${field}" is not a list of texts` };
  }
  const { production_notes: productionNotes, ...lists } = outcome.data;
  return { heard: { ...lists, productionNotes } };
}
