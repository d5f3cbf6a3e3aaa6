import { GrymError, withDeadline } from '../../kernel/index.js';
import { sendRequest, serverName, type ServerName } from '../http/index.js';
import type { ChatOptions, ChatReply, ChatRequest, ChatServer, ChatServerSettings } from './chat-server.js';
import { Dialect } from './dialect.js';
import { readAnswer } from './read-answer.js';

/** As many fields as a server can refuse, one after the other. */
const MAXIMUM_TRIES = 6;

function headersFor(apiKey: string | undefined, name: ServerName): Readonly<Record<string, string>> {
  const plain = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const key = apiKey?.trim() ?? '';
  if (key === '') return plain;
  // A header that cannot be sent would be told by its characters.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new GrymError('GRYM_CONFIGURATION_INVALID', {
      problems: `The key for ${name.url}: expected letters, digits and signs of ASCII on one line, got others among them.`,
    });
  }
  return { ...plain, authorization: `Bearer ${key}` };
}

class OpenAiChatServer implements ChatServer {
  readonly settings: ChatServerSettings;
  private readonly name: ServerName;
  private readonly endpoint: URL;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly dialect = new Dialect();
  private beginsInThoughts = false;

  constructor(settings: ChatServerSettings) {
    // Without the key: who prints these settings does not print it.
    this.settings = { url: settings.url, model: settings.model };
    this.name = serverName(settings.url, settings.apiKey);
    this.headers = headersFor(settings.apiKey, this.name);
    this.endpoint = new URL(settings.url);
    this.endpoint.pathname = `${this.endpoint.pathname.replace(/\/+$/, '')}/chat/completions`;
  }

  complete(request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const what = `asking ${this.settings.model} on ${this.name.url}`;
    return withDeadline({ milliseconds: options.deadlineMs, what, signal: options.signal }, (signal) =>
      this.ask(request, { ...options, signal }),
    );
  }

  private async ask(request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    for (let tries = 1; ; tries += 1) {
      const body = this.dialect.body(this.settings.model, request, options.onText !== undefined);
      const schemaTaken = this.dialect.takesSchema(request);
      try {
        return { ...(await this.exchange(JSON.stringify(body), options)), schemaTaken };
      } catch (error) {
        if (tries >= MAXIMUM_TRIES || !this.dialect.learn(error, body, request)) throw error;
      }
    }
  }

  private async exchange(body: string, { signal, onText }: ChatOptions): Promise<Omit<ChatReply, 'schemaTaken'>> {
    const request = { method: 'POST', url: this.endpoint, headers: this.headers, body, signal } as const;
    const answer = await sendRequest(request, this.name);
    const read = await readAnswer(answer, this.name, { signal, onText, beginsInThoughts: this.beginsInThoughts });
    const { beganInThoughts, ...reply } = read;
    this.beginsInThoughts = beganInThoughts;
    return reply;
  }
}

/**
 * A chat server at an address. Nothing is sent before the first request. The answer is streamed where `onText` is given and the server can.
 * Which fields the server refuses is remembered as long as the object lives.
 * Throws GRYM_CONFIGURATION_INVALID where the key cannot be one.
 */
export function createChatServer(settings: ChatServerSettings): ChatServer {
  return new OpenAiChatServer(settings);
}
