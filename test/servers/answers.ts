/** What a listener that behaves says of anything it hears. */
export const HEARD = {
  instruments: ['Drum machine', 'Acid bass'],
  mood: ['dark', 'driving'],
  genre: ['techno'],
  production_notes: ['The kick is sidechained to the bass.'],
  issues: ['The hi-hat is harsh around 9 kHz.'],
};

export const HEARD_TEXT = JSON.stringify(HEARD);

/** What a model that answers to a probe says. */
export const HEARS_TONE = '{"sound": "a steady tone"}';
export const HEARS_NOTHING = '{"sound": "none"}';

interface AnswerFields {
  readonly content?: unknown;
  readonly reasoning?: string;
  readonly reasoning_content?: string;
  readonly thinking?: string;
}

/** The body of a whole answer. */
export function wholeAnswer(message: AnswerFields, promptTokens?: number): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop' }],
    ...(promptTokens === undefined ? {} : { usage: { prompt_tokens: promptTokens, completion_tokens: 9, total_tokens: promptTokens + 9 } }),
  });
}

/** One event of a streamed answer. */
export function eventOf(delta: AnswerFields, finishReason: string | null = null): string {
  const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** An error's body as OpenAI gives it. */
export function errorBody(message: string, type = 'invalid_request_error'): string {
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}
