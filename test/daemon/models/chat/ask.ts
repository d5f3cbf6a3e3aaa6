import {
  createChatServer,
  type ChatOptions,
  type ChatReply,
  type ChatRequest,
  type ChatServer,
} from '../../../../daemon/models/chat/index.js';

export const SCHEMA = {
  name: 'answer',
  schema: { type: 'object', properties: { bars: { type: 'integer' } }, required: ['bars'], additionalProperties: false },
} as const;

/** What was thought and said while it came. */
export interface Watched {
  readonly reply: ChatReply;
  readonly reasoning: string;
  readonly content: string;
}

export const chatServer = (url: string, apiKey?: string): ChatServer => createChatServer({ url, model: 'test-model', apiKey });

const QUESTION: ChatRequest = { messages: [{ role: 'user', content: 'How many bars?' }] };

/** Asks without streaming. */
export const ask = (server: ChatServer, request: Partial<ChatRequest> = {}, options: Partial<ChatOptions> = {}): Promise<ChatReply> =>
  server.complete({ ...QUESTION, ...request }, { signal: new AbortController().signal, deadlineMs: 10_000, ...options });

/** Asks for a stream and keeps what came. */
export async function watch(server: ChatServer, request: Partial<ChatRequest> = {}): Promise<Watched> {
  const texts = { reasoning: '', content: '' };
  const reply = await ask(server, request, { onText: (kind, text) => void (texts[kind] += text) });
  return { reply, ...texts };
}
