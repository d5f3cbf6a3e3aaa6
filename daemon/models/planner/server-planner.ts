import type { ChatServer } from '../chat/index.js';
import type { Planner } from '../plan.js';
import { ModelPlanner, type ModelPlannerOptions, type TextModel } from './model-planner.js';

export interface ServerPlannerParts extends ModelPlannerOptions {
  readonly chat: ChatServer;
  readonly thoughtTokens: number;
  /** Of one question. Default: 5 minutes. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 300_000;
const ANSWER_TOKENS = 2_048;

/** The planner of any server with OpenAI's chat completions. A server that takes no schema is told the form in words, as every one is. */
export function createServerPlanner({ chat, thoughtTokens, deadlineMs = DEADLINE_MS, budgetMs }: ServerPlannerParts): Planner {
  const text: TextModel = {
    ...{ provider: 'openai-compatible', version: chat.settings.model === '' ? '1' : chat.settings.model },
    ask: async ({ system, messages, schema }, { signal, onThought, onProgress }) => {
      onProgress?.(0, `asking ${chat.settings.model === '' ? 'the server' : chat.settings.model}`);
      const { content, reasoning } = await chat.complete(
        {
          messages: [{ role: 'system', content: system }, ...messages],
          ...{ temperature: 0.6, topP: 0.95, schema },
          // Servers count thoughts and answer together.
          maximumTokens: thoughtTokens + ANSWER_TOKENS,
        },
        { signal, deadlineMs, onText: (kind, piece) => kind === 'reasoning' && onThought?.(piece) },
      );
      onProgress?.(1, 'answered');
      return { text: content, thoughts: reasoning };
    },
  };
  return new ModelPlanner(text, { budgetMs });
}
