import type { ChatHistoryItem, LlamaContextSequence, LlamaGrammarEvaluationState, Token } from 'node-llama-cpp';
import { z } from 'zod';
import { cancelledError, GrymError, jsonObjectSchema, type JsonObject } from '../../kernel/index.js';
import type { RunnerIo } from '../hosts/model-runner.js';
import { CANCELLED, type LoadedModel } from './loaded-model.js';
import { thoughtMarksOf, type ThoughtMarks } from './thought-marks.js';

/** Parameters of the task `think-and-answer`. */
export const thinkAndAnswerSchema = z.strictObject({
  system: z.string().max(200_000).optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().max(200_000) }))
    .min(1)
    .max(64),
  /** JSON Schema of the answer; json-grammar.ts says which part of it is known. */
  schema: jsonObjectSchema,
  /** 0: no thoughts. */
  thoughtTokens: z.int().min(0).max(32_768).default(2_048),
  answerTokens: z.int().min(1).max(32_768).default(2_048),
  temperature: z.number().min(0).max(2).default(0.6),
  topP: z.number().min(0).max(1).default(0.95),
  seed: z.int().min(0).max(0xffff_ffff).default(0),
});
export type ThinkAndAnswer = z.infer<typeof thinkAndAnswerSchema>;

/** What the task answers with. */
export const thoughtAnswerSchema = z.strictObject({
  /** JSON under the schema, whole where `finished`. */
  answer: z.string(),
  thoughts: z.string(),
  /** none: it does not think, or was not to; closed: by itself; ended: the model stopped without closing them; budget: cut. */
  thinking: z.enum(['none', 'closed', 'ended', 'budget']),
  finished: z.boolean(),
  promptTokens: z.int(),
  thoughtTokens: z.int(),
  answerTokens: z.int(),
});
export type ThoughtAnswer = z.infer<typeof thoughtAnswerSchema>;

/** Tokens that stand between prompt, thoughts and answer. */
const SPARE_TOKENS = 32;
/** Share of a task's progress that reading the prompt and thinking are counted for. */
const READ_SHARE = 0.2;
const THOUGHT_SHARE = 0.5;

interface Thought {
  /** The prompt with the thoughts and their end: where the answer begins. */
  readonly tokens: Token[];
  readonly text: string;
  readonly count: number;
  readonly end: ThoughtAnswer['thinking'];
}

interface Pass {
  readonly tokens: Token[];
  readonly maximum: number;
  readonly grammar?: LlamaGrammarEvaluationState;
  /** Called with each token's text where it is whole; true ends the pass. */
  readonly onText: (text: string) => boolean;
}

/** Text of tokens as they come: a character of several bytes may need several tokens. */
class Detokenizer {
  private pending: Token[] = [];

  constructor(
    private readonly loaded: LoadedModel,
    private before: readonly Token[],
  ) {}

  push(token: Token): string {
    this.pending.push(token);
    const text = this.loaded.model.detokenize(this.pending, true, this.before);
    if (text.endsWith('\ufffd') && this.pending.length < 8) return '';
    this.before = [...this.before, ...this.pending].slice(-8);
    this.pending = [];
    return text;
  }
}

/** Two passes over one context: free thoughts, then the answer under a grammar. */
export class Thinking {
  constructor(
    private readonly loaded: LoadedModel,
    private readonly task: ThinkAndAnswer,
    private readonly io: RunnerIo,
  ) {}

  async run(): Promise<ThoughtAnswer> {
    const { loaded, task, io } = this;
    const { tokens, text } = loaded.render(this.history());
    const marks = thoughtMarksOf(loaded, text);
    const needed = tokens.length + task.answerTokens + SPARE_TOKENS;
    if (needed > loaded.maximumTokens) {
      throw new GrymError('GRYM_MODEL_PROMPT_TOO_LONG', { model: loaded.name, allowed: loaded.maximumTokens, tokens: tokens.length });
    }
    // Checked first: a schema that cannot be a grammar costs no minute of thinking.
    const grammar = loaded.grammar(task.schema);
    const wanted = needed + (marks === null ? 0 : task.thoughtTokens);
    const room = await loaded.room(needed, Math.min(wanted, loaded.maximumTokens));
    io.progress(0, 'reading the request');
    const thought = marks === null ? null : await this.think(tokens, marks, Math.min(task.thoughtTokens, room - needed));
    const answerFrom = thought?.tokens ?? tokens;
    const { LlamaGrammarEvaluationState: State } = loaded.library;
    let answer = '';
    let finished = false;
    const answered = await this.generate('answering', [READ_SHARE + THOUGHT_SHARE, 1], {
      tokens: answerFrom,
      maximum: task.answerTokens,
      grammar: new State({ model: loaded.model, grammar }),
      onText: (piece) => {
        answer += piece;
        finished = piece.includes('}') && isJson(answer);
        return finished;
      },
    });
    io.progress(1, 'answered');
    // Bytes that are no UTF-8 count as one character for the grammar and may be shown as several.
    answer = answer.replaceAll(/\ufffd{2,}/g, '\ufffd');
    return {
      ...{ answer, finished: finished || isJson(answer), promptTokens: tokens.length, answerTokens: answered },
      ...{ thoughts: thought?.text ?? '', thoughtTokens: thought?.count ?? 0, thinking: thought?.end ?? 'none' },
    };
  }

  private history(): ChatHistoryItem[] {
    const { system, messages } = this.task;
    const said = messages.map<ChatHistoryItem>(({ role, content }) =>
      role === 'user' ? { type: 'user', text: content } : { type: 'model', response: [content] },
    );
    return system === undefined ? said : [{ type: 'system', text: system }, ...said];
  }

  /** Thoughts without a grammar. A template that has opened them already is gone on with; where they do not end by themselves they are ended. */
  private async think(prompt: readonly Token[], marks: ThoughtMarks, budget: number): Promise<Thought> {
    const { model } = this.loaded;
    const newline = model.tokenize('\n', false);
    const tokens = [...prompt, ...(marks.isOpen ? [] : [...marks.beginTokens, ...newline])];
    let text = '';
    let shown = 0;
    const show = (upTo: number): void => {
      // Held back: what may be the beginning of the end mark.
      if (upTo > shown) this.io.emit({ kind: 'thought', text: text.slice(shown, upTo) });
      shown = Math.max(shown, upTo);
    };
    let isClosed = false;
    const count =
      budget < 1
        ? 0
        : await this.generate('thinking', [READ_SHARE, READ_SHARE + THOUGHT_SHARE], {
            tokens,
            maximum: budget,
            onText: (piece) => {
              text += piece;
              const end = text.indexOf(marks.end, Math.max(0, text.length - piece.length - marks.end.length));
              isClosed = end !== -1;
              show(isClosed ? end : Math.max(shown, text.length - marks.end.length));
              return isClosed;
            },
          });
    const end = isClosed ? text.indexOf(marks.end) : text.length;
    show(end);
    const how = budget < 1 ? 'none' : isClosed ? 'closed' : count < budget ? 'ended' : 'budget';
    const closing = isClosed ? [] : [...newline, ...marks.endTokens];
    return {
      tokens: [...tokens, ...closing, ...newline, ...newline],
      text: text.slice(0, end).trim(),
      count,
      end: how,
    };
  }

  /** Goes on from `tokens`, which grow by what is generated; returns how many were. */
  private async generate(
    stage: string,
    [from, to]: readonly [number, number],
    { tokens, maximum, grammar, onText }: Pass,
  ): Promise<number> {
    const { loaded, io, task } = this;
    const read = from === READ_SHARE ? READ_SHARE : 0;
    const sequence: LlamaContextSequence = await loaded.fill(tokens, io.signal, (fraction) => {
      if (read > 0) io.progress(read * fraction, 'reading the request');
    });
    const last = tokens.at(-1);
    if (last === undefined) throw loaded.fault('the prompt is empty');
    const { temperature, topP, seed } = task;
    const detokenizer = new Detokenizer(loaded, tokens.slice(-8));
    let count = 0;
    const options = { temperature, topP, seed, ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }) };
    for await (const token of sequence.evaluate([last], options)) {
      if (io.signal.aborted) throw cancelledError(io.signal, CANCELLED);
      tokens.push(token);
      count += 1;
      io.progress(from + (to - from) * Math.min(1, count / maximum), stage);
      if (onText(detokenizer.push(token)) || count >= maximum) break;
      // The event loop turns, so that cancelling is heard.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (io.signal.aborted) throw cancelledError(io.signal, CANCELLED);
    return count;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A small schema, for the task `probe`. */
export const PROBE_SCHEMA: JsonObject = {
  type: 'object',
  properties: { word: { type: 'string', maxLength: 8 }, yes: { type: 'boolean' } },
  required: ['word', 'yes'],
  additionalProperties: false,
};
