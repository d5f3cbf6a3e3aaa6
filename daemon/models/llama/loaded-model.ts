import { basename } from 'node:path';
import type * as Library from 'node-llama-cpp';
import type {
  ChatHistoryItem,
  ChatWrapper,
  Llama,
  LlamaContext,
  LlamaContextSequence,
  LlamaGrammar,
  LlamaModel,
  Token,
} from 'node-llama-cpp';
import { cancelledError, GrymError, messageOf, type JsonObject } from '../../kernel/index.js';
import type { RunnerSettings } from '../hosts/model-runner.js';
import { grammarOf } from './json-grammar.js';

export type LlamaLibrary = typeof Library;

/** Contexts are made in steps of this many tokens, as llama.cpp aligns them anyway. */
const CONTEXT_STEP = 256;
/** A part of a prompt is evaluated in about this time, so that cancelling is heard between two. */
const CHUNK_MS = 200;
const FIRST_CHUNK_TOKENS = 8;
const MAXIMUM_CHUNK_TOKENS = 512;
const GRAMMARS_KEPT = 8;

export const CANCELLED = 'planning';

/** One GGUF in memory, with one context that is made anew only where a task needs a larger one. */
export class LoadedModel {
  private context: LlamaContext | null = null;
  private sequence: LlamaContextSequence | null = null;
  private readonly grammars = new Map<string, LlamaGrammar>();
  readonly name: string;
  readonly wrapper: ChatWrapper;

  private constructor(
    readonly library: LlamaLibrary,
    private readonly llama: Llama,
    readonly model: LlamaModel,
    private readonly settings: RunnerSettings,
  ) {
    this.name = basename(settings.path);
    this.wrapper = library.resolveChatWrapper(model);
  }

  /** Throws GRYM_MODEL_FOLDER_INVALID with the file's path. */
  static async load(settings: RunnerSettings): Promise<LoadedModel> {
    const { path, threads } = settings;
    try {
      const library = await import('node-llama-cpp');
      // Without `build: 'never'` a missing binary would be compiled here, and without maxThreads each evaluation takes every core.
      const llama = await library.getLlama({
        ...{
          gpu: 'auto',
          build: 'never',
          skipDownload: true,
          maxThreads: threads,
          progressLogs: false,
          logLevel: library.LlamaLogLevel.error,
        },
        logger: (_level, message) => process.stderr.write(`llama.cpp: ${message.trim()}\n`),
      });
      const model = await llama.loadModel({ modelPath: path });
      return new LoadedModel(library, llama, model, settings);
    } catch (error) {
      throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason: messageOf(error).replace(/\.$/, '') }, { cause: error });
    }
  }

  /** The most that the model was trained to read at once; beyond that it answers nonsense. */
  get maximumTokens(): number {
    return this.model.trainContextSize ?? 4_096;
  }

  fault(reason: string, cause?: unknown): GrymError {
    return new GrymError('GRYM_MODEL_FAULT', { model: this.name, reason: reason.replace(/\.$/, '') }, { cause });
  }

  grammar(schema: JsonObject): LlamaGrammar {
    const key = JSON.stringify(schema);
    const known = this.grammars.get(key);
    if (known !== undefined) return known;
    const { LlamaGrammar: Grammar } = this.library;
    let grammar: LlamaGrammar;
    try {
      grammar = new Grammar(this.llama, { grammar: grammarOf(schema) });
    } catch (error) {
      throw new GrymError(
        'GRYM_MODEL_TASK_INVALID',
        { model: this.name, reason: `the schema of the answer: ${messageOf(error)}` },
        { cause: error },
      );
    }
    const [oldest] = this.grammars.keys();
    if (this.grammars.size >= GRAMMARS_KEPT && oldest !== undefined) this.grammars.delete(oldest);
    this.grammars.set(key, grammar);
    return grammar;
  }

  /** The conversation as the model's own template has it, up to where its answer begins. */
  render(history: readonly ChatHistoryItem[]): { readonly tokens: Token[]; readonly text: string } {
    const { contextText } = this.wrapper.generateContextState({ chatHistory: [...history, { type: 'model', response: [''] }] });
    return { tokens: contextText.tokenize(this.model.tokenizer), text: contextText.toString() };
  }

  /** Room for so many tokens, as many as memory has, but at least `needed`. */
  async room(needed: number, wanted: number): Promise<number> {
    const current = this.context?.contextSize ?? 0;
    if (current >= wanted) return current;
    const maximum = Math.min(this.maximumTokens, Math.ceil(wanted / CONTEXT_STEP) * CONTEXT_STEP);
    await this.dropContext();
    const { threads } = this.settings;
    try {
      this.context = await this.model.createContext({
        contextSize: { min: Math.min(needed, maximum), max: maximum },
        sequences: 1,
        threads,
      });
      this.sequence = this.context.getSequence();
    } catch (error) {
      throw this.fault(`there is no memory for a context of ${needed} tokens: ${messageOf(error)}`, error);
    }
    return Math.min(this.context.contextSize, this.maximumTokens);
  }

  /** Brings the context to these tokens, all but the last, keeping what is evaluated already; generating goes on from the last one. */
  async fill(tokens: readonly Token[], signal: AbortSignal, onProgress: (fraction: number) => void): Promise<LlamaContextSequence> {
    const { sequence } = this;
    if (sequence === null) throw this.fault('it has no context');
    const wanted = tokens.slice(0, -1);
    await sequence.adaptStateToTokens(wanted, false);
    const begun = sequence.nextTokenIndex;
    let size = FIRST_CHUNK_TOKENS;
    for (let index = begun; index < wanted.length;) {
      if (signal.aborted) throw cancelledError(signal, CANCELLED);
      const chunk = wanted.slice(index, index + size);
      const startMs = performance.now();
      await sequence.evaluateWithoutGeneratingNewTokens(chunk);
      index += chunk.length;
      const perToken = Math.max((performance.now() - startMs) / chunk.length, 0.01);
      size = Math.max(1, Math.min(MAXIMUM_CHUNK_TOKENS, size * 2, Math.floor(CHUNK_MS / perToken)));
      onProgress((index - begun) / Math.max(1, wanted.length - begun));
    }
    return sequence;
  }

  private async dropContext(): Promise<void> {
    const { context } = this;
    this.context = null;
    this.sequence = null;
    await context?.dispose();
  }

  async dispose(): Promise<void> {
    await this.dropContext();
    await this.model.dispose();
    await this.llama.dispose();
  }
}
