import type { JsonObject } from '../../kernel/index.js';
import type { ChatMessage, ChatPart } from '../chat/index.js';

const FIELDS: Readonly<Record<string, string>> = {
  instruments: 'Which instruments, voices and sound sources are heard? The most prominent first.',
  mood: 'How does it feel? Adjectives.',
  genre: 'Which genres does it belong to? The most fitting first.',
  production_notes: 'How is it made and mixed? Effects, space, dynamics, processing.',
  issues: 'What is technically wrong with it, such as noise, clipping, clicks or masking?',
};

/** Of the answer, as a server with `response_format` is told it; each field carries its question. */
export const ANSWER_SCHEMA: { readonly name: string; readonly schema: JsonObject } = {
  name: 'heard',
  schema: {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(FIELDS).map(([field, description]) => [field, { type: 'array', items: { type: 'string' }, description }]),
    ),
    required: Object.keys(FIELDS),
    additionalProperties: false,
  },
};

const LISTEN = [
  'Listen to this recording of music or sound and say what you hear, for a music producer.',
  'Answer with one JSON object and nothing else. Its fields are lists of short texts in English:',
  ...Object.entries(FIELDS).map(([field, question]) => `"${field}": ${question}`),
  'Leave a list empty where you hear nothing of the kind. Do not guess.',
].join('\n');

const PROBE =
  'What do you hear in this recording? Answer in a few words. If there is no recording, or you cannot hear it, answer: no audio.';

/** Of an answer that is shown to its author. */
const MAXIMUM_QUOTED_CHARACTERS = 4_000;

const audioPart = (wav: string): ChatPart => ({ type: 'input_audio', input_audio: { data: wav, format: 'wav' } });

export const listenMessages = (wav: string): readonly ChatMessage[] => [
  { role: 'user', content: [audioPart(wav), { type: 'text', text: LISTEN }] },
];

/** Once more after an answer that cannot be used. */
export const repairMessages = (wav: string, answer: string, problem: string): readonly ChatMessage[] => [
  ...listenMessages(wav),
  { role: 'assistant', content: answer.slice(0, MAXIMUM_QUOTED_CHARACTERS) || '(nothing)' },
  { role: 'user', content: `That answer cannot be used: ${problem}. Answer again, with the JSON object only.` },
];

/** The same question with a recording and without one: a server that hears counts the recording, or says that it is missing. */
export const probeMessages = (wav: string | undefined): readonly ChatMessage[] => [
  { role: 'user', content: [...(wav === undefined ? [] : [audioPart(wav)]), { type: 'text', text: PROBE }] },
];
