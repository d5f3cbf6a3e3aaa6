import { z } from 'zod';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import type { HostedModel, ModelHosts } from '../hosts/model-hosts.js';
import type { Planner } from '../plan.js';
import { ModelPlanner, type ModelPlannerOptions, type TextModel } from './model-planner.js';

export interface LlamaPlannerParts extends ModelPlannerOptions {
  readonly hosts: Pick<ModelHosts, 'call'>;
  readonly model: HostedModel;
  /** Of the weights. */
  readonly version: string;
  readonly thoughtTokens: number;
  /** Of one question: reading, thinking and answering. Default: 10 minutes. */
  readonly deadlineMs?: number;
  /** Default 0: the same question gets the same answer. */
  readonly seed?: number;
}

const DEADLINE_MS = 600_000;
const ANSWER_TOKENS = 1_600;
const REPAIR_THOUGHT_TOKENS = 512;

/** Of what the runner of `llama` answers, what a plan is made of. */
const resultSchema = z.object({ answer: z.string(), thoughts: z.string() });
const thoughtSchema = z.object({ kind: z.literal('thought'), text: z.string() });

/** The planner of a GGUF in a model host. */
export function createLlamaPlanner(parts: LlamaPlannerParts): Planner {
  const { hosts, model, version, thoughtTokens, deadlineMs = DEADLINE_MS, seed = 0, budgetMs } = parts;
  const text: TextModel = {
    ...{ provider: model.provider, version },
    ask: async ({ system, messages, schema, isRepair }, { signal, onThought, onProgress }) => {
      // DeepSeek-R1 is made to be asked without a system prompt: what it must know stands before the first message.
      const said = messages.map(({ role, content }, index) => ({ role, content: index === 0 ? `${system}\n\n${content}` : content }));
      const params: JsonObject = {
        ...{ messages: said, schema: schema.schema, seed, answerTokens: ANSWER_TOKENS, temperature: 0.6, topP: 0.95 },
        thoughtTokens: isRepair ? Math.min(thoughtTokens, REPAIR_THOUGHT_TOKENS) : thoughtTokens,
      };
      const onEvent = (event: JsonObject): void => {
        const thought = thoughtSchema.safeParse(event);
        if (thought.success) onThought?.(thought.data.text);
      };
      const { result } = await hosts.call(model, {
        task: 'think-and-answer',
        params,
        what: 'planning',
        deadlineMs,
        signal,
        onProgress,
        onEvent,
      });
      const read = resultSchema.safeParse(result);
      if (!read.success) throw new GrymError('GRYM_MODEL_FAULT', { model: model.modelId, reason: 'its host gave no answer' });
      return { text: read.data.answer, thoughts: read.data.thoughts };
    },
  };
  return new ModelPlanner(text, { budgetMs });
}
