// Loads the tokenizer, and onnxruntime with it: only model hosts import this file.
import { basename } from 'node:path';
import { GrymError } from '../../kernel/index.js';
import type { PreTrainedTokenizer } from '@huggingface/transformers';
import type { GraphSession, OpenGraphSession } from '../graphs/graph-session.js';
import type { RunnerSettings } from '../hosts/model-runner.js';
import type { Tensors } from '../hosts/tensor.js';
import { invalidFolder } from '../hub-layout/model-folder.js';
import { loadTokenizer, tokenBatch, tokenIds, type TokenBatch, type TokenIds } from '../hub-layout/token-ids.js';
import { ClapFeatures } from './features.js';
import { readClapFolder, type ClapFolder } from './layout.js';

interface GraphPort {
  readonly name: 'text_model' | 'audio_model';
  readonly inputs: readonly string[];
  readonly output: string;
}

const TEXT: GraphPort = { name: 'text_model', inputs: ['input_ids', 'attention_mask'], output: 'text_embeds' };
const AUDIO: GraphPort = { name: 'audio_model', inputs: ['input_features'], output: 'audio_embeds' };

interface Batch {
  readonly feeds: Tensors;
  readonly rows: number;
  readonly signal: AbortSignal | undefined;
}

/** One CLAP that is loaded: its folder, its tokenizer and its two graphs. Embeddings are as the graphs give them, of any length. */
export class ClapModel {
  readonly features: ClapFeatures;

  private constructor(
    readonly folder: ClapFolder,
    private readonly tokenizer: PreTrainedTokenizer,
    private readonly textGraph: GraphSession,
    private readonly audioGraph: GraphSession,
  ) {
    this.features = new ClapFeatures(folder.features);
  }

  static async open({ path, threads, remoteGraphs }: RunnerSettings, openGraph: OpenGraphSession): Promise<ClapModel> {
    const folder = readClapFolder(path, Object.keys(remoteGraphs));
    const tokenizer = await loadTokenizer(path);
    const text = await openChecked(folder.path, folder.textGraph, TEXT, openGraph, { threads, remote: remoteGraphs[TEXT.name] });
    try {
      const audio = await openChecked(folder.path, folder.audioGraph, AUDIO, openGraph, { threads, remote: remoteGraphs[AUDIO.name] });
      return new ClapModel(folder, tokenizer, text, audio);
    } catch (error) {
      await text.release();
      throw error;
    }
  }

  tokens(text: string): TokenIds {
    return tokenIds(this.tokenizer, text, this.folder.maximumTokens);
  }

  /** `width`: tokens that each is padded to; undefined: as many as the longest has. */
  batch(texts: readonly TokenIds[], width?: number): TokenBatch {
    return tokenBatch(texts, this.folder.paddingToken, width);
  }

  /** Texts × dimensions. */
  embedTokens({ ids, mask, shape }: TokenBatch, signal?: AbortSignal): Promise<Float32Array> {
    const feeds: Tensors = {
      input_ids: { type: 'int64', shape: [...shape], data: ids },
      attention_mask: { type: 'int64', shape: [...shape], data: mask },
    };
    return this.embeddings(this.textGraph, TEXT, { feeds, rows: shape[0], signal });
  }

  /** `features`: windows × frames × bands. Windows × dimensions. */
  embedFeatures(features: Float32Array, windows: number, signal?: AbortSignal): Promise<Float32Array> {
    const shape = [windows, 1, this.features.frames, this.folder.features.bands];
    const feeds: Tensors = { input_features: { type: 'float32', shape, data: features } };
    return this.embeddings(this.audioGraph, AUDIO, { feeds, rows: windows, signal });
  }

  async release(): Promise<void> {
    await Promise.all([this.textGraph.release(), this.audioGraph.release()]);
  }

  private async embeddings(graph: GraphSession, { output }: GraphPort, { feeds, rows, signal }: Batch): Promise<Float32Array> {
    const tensor = (await graph.run(feeds, signal))[output];
    const wanted = [rows, this.folder.dimensions];
    const fault = (reason: string): GrymError => new GrymError('GRYM_MODEL_FAULT', { model: basename(this.folder.path), reason });
    if (tensor?.type !== 'float32' || tensor.shape.length !== 2 || wanted.some((length, axis) => length !== tensor.shape[axis])) {
      const found = tensor === undefined ? 'is missing' : `is ${tensor.type} [${tensor.shape.join(', ')}]`;
      throw fault(`its output ${output} ${found}, and float32 [${wanted.join(', ')}] was expected`);
    }
    if (tensor.data.some((value) => !Number.isFinite(value))) throw fault(`its output ${output} holds values that are no numbers`);
    return tensor.data;
  }
}

async function openChecked(
  path: string,
  file: string,
  { inputs, output }: GraphPort,
  openGraph: OpenGraphSession,
  options: { readonly threads: number; readonly remote: string | undefined },
): Promise<GraphSession> {
  const session = await openGraph(file, options);
  const isSame = session.inputNames.length === inputs.length && inputs.every((name) => session.inputNames.includes(name));
  if (isSame && session.outputNames.includes(output)) return session;
  await session.release();
  throw invalidFolder(
    path,
    `${basename(file)} has the inputs ${session.inputNames.join(', ')} and the outputs ${session.outputNames.join(', ')}; ` +
      `expected were ${inputs.join(', ')} and ${output}`,
  );
}
