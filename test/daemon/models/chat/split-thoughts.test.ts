import { splitThoughts, ThoughtStream } from '../../../../daemon/models/chat/split-thoughts.js';

interface Case {
  readonly title: string;
  readonly text: string;
  readonly reasoning: string;
  readonly content: string;
}

const MARKED: readonly Case[] = [
  { title: 'marked at both ends', text: '<think>\nfour?\n</think>\n\n{"a": 1}', reasoning: 'four?', content: '{"a": 1}' },
  { title: 'that are empty', text: '<think></think>yes', reasoning: '', content: 'yes' },
  { title: 'that never end', text: '<think>four, or five', reasoning: 'four, or five', content: '' },
  { title: 'none', text: 'four bars', reasoning: '', content: 'four bars' },
  { title: 'none, but signs that look alike', text: '<thing> 3 < 4 </thing>', reasoning: '', content: '<thing> 3 < 4 </thing>' },
];
const BARE: Case = { title: 'that only end', text: 'four?\n</think>\nyes', reasoning: 'four?', content: 'yes' };

test.each([...MARKED, BARE])('thoughts $title are taken apart', ({ text, reasoning, content }) => {
  expect(splitThoughts(text, true)).toEqual({ reasoning, content });
});

test('an end without a beginning is content where the thoughts came in a field of their own', () => {
  expect(splitThoughts(BARE.text, false)).toEqual({ reasoning: '', content: BARE.text });
});

function streamed(text: string, pieceCharacters: number, assumed: 'reasoning' | 'content'): { reasoning: string; content: string } {
  const said = { reasoning: '', content: '' };
  const stream = new ThoughtStream(assumed, (kind, piece) => void (said[kind] += piece));
  for (let at = 0; at < text.length; at += pieceCharacters) stream.push(text.slice(at, at + pieceCharacters));
  stream.end();
  return { reasoning: said.reasoning.trim(), content: said.content.trim() };
}

describe.each([1, 2, 3, 5, 100])('in pieces of %i characters', (pieceCharacters) => {
  test.each(MARKED)('thoughts $title come as such', ({ text, reasoning, content }) => {
    expect(streamed(text, pieceCharacters, 'content')).toEqual({ reasoning, content });
  });

  test('thoughts that only end come as such where they were expected', () => {
    expect(streamed(BARE.text, pieceCharacters, 'reasoning')).toEqual({ reasoning: 'four?', content: 'yes' });
  });
});
