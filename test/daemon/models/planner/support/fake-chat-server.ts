import { cancelledError } from '../../../../../daemon/kernel/index.js';
import type { ChatOptions, ChatReply, ChatRequest, ChatServer } from '../../../../../daemon/models/chat/index.js';

/** No reply, until the asking is cancelled. */
export const NEVER = Symbol('never');

/** What the server does with one request: says something, or fails. */
export type FakeReply = string | { readonly content: string; readonly reasoning: string } | Error | typeof NEVER;

/** A chat server that says what it was told to, in this order, and remembers what it was asked. */
export class FakeChatServer implements ChatServer {
  readonly settings = { url: 'http://127.0.0.1:1/v1', model: 'fake' };
  readonly asked: ChatRequest[] = [];
  private next = 0;

  constructor(private readonly replies: readonly FakeReply[]) {}

  async complete(request: ChatRequest, { signal, onText }: ChatOptions): Promise<ChatReply> {
    this.asked.push(request);
    const reply = this.replies[this.next] ?? new Error('the fake server has nothing more to say');
    this.next += 1;
    if (reply instanceof Error) throw reply;
    if (reply === NEVER) {
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(cancelledError(signal, 'asking')), { once: true }),
      );
    }
    const { content, reasoning } = typeof reply === 'string' ? { content: reply, reasoning: '' } : reply;
    if (reasoning !== '') onText?.('reasoning', reasoning);
    onText?.('content', content);
    return { content, reasoning, finishReason: 'stop', schemaTaken: true };
  }

  /** The last message of a request. */
  said(index: number): string {
    const content = this.asked[index]?.messages.at(-1)?.content;
    return typeof content === 'string' ? content : '';
  }
}
