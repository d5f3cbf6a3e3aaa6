import { z } from 'zod';
import type { GrymError } from '../../kernel/index.js';
import { answerInvalid, bodyPieces, readBody, statusError, type HttpAnswer, type ServerName } from '../http/index.js';
import type { ChatOptions } from './chat-server.js';
import { EventStream } from './event-stream.js';
import { splitThoughts, ThoughtStream } from './split-thoughts.js';

/** A stream wraps each word in some 300 bytes. */
const MAXIMUM_STREAM_BYTES = 64_000_000;
const MAXIMUM_ANSWER_BYTES = 8_000_000;
/** Thoughts and content; 32,768 tokens are about 150,000. */
const MAXIMUM_CHARACTERS = 2_000_000;

const thoughts = z.string().nullish().catch(undefined);
const partSchema = z.object({ type: z.string().optional(), text: thoughts, thinking: z.unknown().optional() });
const messageSchema = z.object({
  content: z.union([z.string(), z.array(partSchema)]).nullish(),
  reasoning: thoughts,
  reasoning_content: thoughts,
  thinking: thoughts,
});
const choiceSchema = z.object({
  message: messageSchema.nullish(),
  delta: messageSchema.nullish(),
  finish_reason: z.string().nullish(),
});
const usageSchema = z.object({ prompt_tokens: z.number().optional() });
const answerSchema = z.object({
  choices: z.array(choiceSchema).nullish(),
  error: z.unknown().optional(),
  usage: usageSchema.nullish().catch(undefined),
});
type Message = z.infer<typeof messageSchema>;

/** What was read, its thoughts taken apart. */
export interface ReadAnswer {
  readonly content: string;
  readonly reasoning: string;
  readonly finishReason: string;
  readonly promptTokens: number | undefined;
  /** The content began amid thoughts, as with a template that opens `<think>` itself. */
  readonly beganInThoughts: boolean;
}

interface ReadOptions extends Pick<ChatOptions, 'onText' | 'signal'> {
  /** From earlier answers: the content will begin amid thoughts. */
  readonly beginsInThoughts: boolean;
}

/** The text of Mistral's parts: `{type: "thinking", thinking: [{type: "text", text}]}` beside `{type: "text", text}`. */
function textOf(content: Message['content'], kind: 'text' | 'thinking'): string {
  if (!Array.isArray(content)) return kind === 'text' ? (content ?? '') : '';
  if (kind === 'text') return content.map(({ text }) => text ?? '').join('');
  return content.map(({ thinking }) => textOf(z.array(partSchema).catch([]).parse(thinking), 'text')).join('');
}

/** Some servers send one thought under two names, so the first that is there counts. */
const reasoningOf = (message: Message): string =>
  message.reasoning || message.reasoning_content || message.thinking || textOf(message.content, 'thinking');

class Collector {
  private content = '';
  private reasoning = '';
  private readonly stream: ThoughtStream;
  private promptTokens: number | undefined;
  finishReason: string | undefined;

  constructor(
    private readonly server: ServerName,
    private readonly options: ReadOptions,
  ) {
    this.stream = new ThoughtStream(options.beginsInThoughts ? 'reasoning' : 'content', (kind, text) => options.onText?.(kind, text));
  }

  /** Of one event, or of the whole answer; false where there is nothing of an answer in it. */
  add(data: string): boolean {
    const answer = this.parse(data);
    if (answer.error !== undefined && answer.error !== null) throw this.reported(answer.error);
    this.promptTokens = answer.usage?.prompt_tokens ?? this.promptTokens;
    const choice = answer.choices?.[0];
    if (choice === undefined) return false;
    const message = choice.delta ?? choice.message ?? {};
    this.addText(reasoningOf(message), textOf(message.content, 'text'));
    this.finishReason = choice.finish_reason || this.finishReason;
    return true;
  }

  finish(): ReadAnswer {
    this.stream.end();
    const split = splitThoughts(this.content, this.reasoning === '');
    const isMarked = this.content.trimStart().startsWith('<think>');
    return {
      content: split.content,
      reasoning: [this.reasoning.trim(), split.reasoning].filter((text) => text !== '').join('\n'),
      finishReason: this.finishReason ?? '',
      promptTokens: this.promptTokens,
      beganInThoughts: split.reasoning !== '' && !isMarked,
    };
  }

  private addText(reasoning: string, content: string): void {
    this.reasoning += reasoning;
    this.content += content;
    if (this.reasoning.length + this.content.length > MAXIMUM_CHARACTERS) {
      throw answerInvalid(this.server, `an answer of more than ${MAXIMUM_CHARACTERS} characters`);
    }
    if (reasoning !== '') this.options.onText?.('reasoning', reasoning);
    if (content !== '') this.stream.push(content);
  }

  private parse(data: string): z.infer<typeof answerSchema> {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch (error) {
      const isPage = /^\s*</.test(data);
      throw answerInvalid(
        this.server,
        isPage ? 'a web page, or other markup, instead of JSON' : `no JSON but "${data.slice(0, 100)}"`,
        error,
      );
    }
    const outcome = answerSchema.safeParse(value);
    if (outcome.success) return outcome.data;
    const issue = outcome.error.issues[0];
    throw answerInvalid(this.server, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no answer of a chat'}`, outcome.error);
  }

  /** Servers that have begun to answer report errors in the answer. */
  private reported(error: unknown): GrymError {
    const code = typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : Number.NaN;
    const status = code >= 400 && code <= 599 ? code : 500;
    return statusError({ status, headers: {}, body: JSON.stringify({ error }) }, this.server);
  }
}

/** Null: the stream's end is marked. */
type EventData = string | null;

async function* eventsOf(answer: HttpAnswer, server: ServerName, signal: AbortSignal): AsyncGenerator<EventData> {
  const stream = new EventStream();
  const meaningful = (events: readonly string[]): EventData[] =>
    events.filter((data) => data.trim() !== '').map((data) => (data.trim() === '[DONE]' ? null : data));
  try {
    for await (const piece of bodyPieces(answer, MAXIMUM_STREAM_BYTES, server, signal)) yield* meaningful(stream.push(piece));
    yield* meaningful(stream.end());
  } catch (error) {
    throw error instanceof RangeError ? answerInvalid(server, error.message, error) : error;
  }
}

async function readStream(answer: HttpAnswer, server: ServerName, options: ReadOptions): Promise<ReadAnswer> {
  const collector = new Collector(server, options);
  for await (const data of eventsOf(answer, server, options.signal)) {
    if (data === null) return collector.finish();
    collector.add(data);
  }
  // Without either mark nobody can tell the end from a cut.
  if (collector.finishReason === undefined) throw answerInvalid(server, 'the stream ended before the answer was complete');
  return collector.finish();
}

async function readWhole(answer: HttpAnswer, server: ServerName, options: ReadOptions): Promise<ReadAnswer> {
  const collector = new Collector(server, options);
  const body = await readBody(answer, MAXIMUM_ANSWER_BYTES, server, options.signal);
  if (!collector.add(body.toString('utf8'))) throw answerInvalid(server, 'there are no choices in it');
  return collector.finish();
}

/** Whole or streamed, as its content type says. Throws GRYM_SERVER_*. */
export function readAnswer(answer: HttpAnswer, server: ServerName, options: ReadOptions): Promise<ReadAnswer> {
  const isStream = answer.headers['content-type']?.toLowerCase().includes('text/event-stream') ?? false;
  return (isStream ? readStream : readWhole)(answer, server, options);
}
