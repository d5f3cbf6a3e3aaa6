// Inside a model host only: loads node-llama-cpp.
import { GrymError, isGrymError, messageOf, type JsonObject } from '../../kernel/index.js';
import type { ModelRunner, RunnerIo, RunnerModule, RunnerReply } from '../hosts/model-runner.js';
import { LoadedModel } from './loaded-model.js';
import { PROBE_SCHEMA, thinkAndAnswerSchema, Thinking, type ThoughtAnswer } from './think-and-answer.js';

const PROBE_THOUGHT_TOKENS = 8;
const PROBE_ANSWER_TOKENS = 64;

async function thinkAndAnswer(loaded: LoadedModel, params: JsonObject, io: RunnerIo): Promise<ThoughtAnswer> {
  const parsed = thinkAndAnswerSchema.safeParse(params);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.trim();
    throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: loaded.name, reason });
  }
  return new Thinking(loaded, parsed.data, io).run();
}

async function probe(loaded: LoadedModel, io: RunnerIo): Promise<{ works: string[] }> {
  const startMs = performance.now();
  const messages = [{ role: 'user', content: 'Say one word, as JSON.' }];
  const tokens = { thoughtTokens: PROBE_THOUGHT_TOKENS, answerTokens: PROBE_ANSWER_TOKENS };
  const { thinking, finished, thoughtTokens, answerTokens } = await thinkAndAnswer(
    loaded,
    { messages, schema: PROBE_SCHEMA, ...tokens },
    io,
  );
  if (!finished) throw loaded.fault('its answer under a JSON Schema did not end');
  const perSecond = (thoughtTokens + answerTokens) / ((performance.now() - startMs) / 1_000);
  return {
    works: [
      thinking === 'none' ? 'It answers at once; it was not trained to think aloud.' : 'It thinks before it answers.',
      'It answers under a JSON Schema.',
      `It makes about ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} tokens a second; it reads up to ${loaded.maximumTokens} at once.`,
    ],
  };
}

class LlamaRunner implements ModelRunner {
  constructor(private readonly loaded: LoadedModel) {}

  async run(task: string, params: JsonObject, _tensors: unknown, io: RunnerIo): Promise<RunnerReply> {
    try {
      if (task === 'think-and-answer') return { result: { ...(await thinkAndAnswer(this.loaded, params, io)) }, tensors: {} };
      if (task === 'probe') return { result: await probe(this.loaded, io), tensors: {} };
    } catch (error) {
      throw isGrymError(error) ? error : this.loaded.fault(messageOf(error), error);
    }
    throw new GrymError('GRYM_MODEL_TASK_INVALID', { model: this.loaded.name, reason: `it knows no task "${task}"` });
  }

  dispose(): Promise<void> {
    return this.loaded.dispose();
  }
}

export const runner: RunnerModule = {
  load: async (settings) => new LlamaRunner(await LoadedModel.load(settings)),
};
