import type { JsonObject } from '../../kernel/index.js';

/** A server that speaks OpenAI's chat completions: Ollama, LM Studio, llama-server, vLLM, … */
export interface ChatServerSettings {
  /** Up to and with the version: `http://127.0.0.1:8080/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
}

export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  /** WAV, base64. */
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: 'wav' } };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ChatPart[];
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly maximumTokens?: number | undefined;
  /** The answer is to fit this JSON Schema (`response_format`); a server that refuses the field is asked again without it, and remembered. */
  readonly schema?: { readonly name: string; readonly schema: JsonObject } | undefined;
}

export interface ChatReply {
  /** Without thoughts: what stood in `<think>` is in `reasoning`. */
  readonly content: string;
  /** From `reasoning`, `reasoning_content`, `thinking` or `<think>` in the content; empty where there was none. */
  readonly reasoning: string;
  readonly finishReason: string;
  /** Whether the server was asked for the schema and took that. */
  readonly schemaTaken: boolean;
  /** Of the question, as the server counted them; absent where it does not say. */
  readonly promptTokens?: number | undefined;
}

export interface ChatOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Thoughts and content as they come, where the server streams. */
  readonly onText?: ((kind: 'reasoning' | 'content', text: string) => void) | undefined;
}

/** Throws GRYM_SERVER_UNREACHABLE, GRYM_SERVER_BUSY (429, 503), GRYM_SERVER_REFUSED (4xx), GRYM_SERVER_FAILED (5xx), GRYM_SERVER_ANSWER_INVALID, GRYM_DEADLINE_EXCEEDED, GRYM_CANCELLED. */
export interface ChatServer {
  readonly settings: ChatServerSettings;
  complete(request: ChatRequest, options: ChatOptions): Promise<ChatReply>;
}
