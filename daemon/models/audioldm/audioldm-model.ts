import { GrymError, isGrymError } from '../../kernel/index.js';
import type { OpenGraphSession } from '../graphs/graph-session.js';
import type { RunnerSettings } from '../hosts/model-runner.js';
import { createDdim, type Ddim } from './ddim.js';
import { openGraphs, type AudioLdmGraphs } from './graphs.js';
import { readAudioLdmFolder, type AudioLdmFolder, type AudioLdmGeometry } from './layout.js';
import { createTextEncoder, type TextEncoder, type Tokens } from './text-encoder.js';

/** What the UNet is told of the words: embeddings of the length 1; negative: null where it is not guided. */
export interface Conditions {
  readonly positive: Float32Array;
  readonly negative: Float32Array | null;
  /** Prompts that were cut, one sentence each. */
  readonly warnings: readonly string[];
}

/** A loaded AudioLDM (Liu et al. 2023): its graphs, and the numbers that join them. */
export class AudioLdmModel {
  readonly geometry: AudioLdmGeometry;

  private constructor(
    folder: AudioLdmFolder,
    readonly graphs: AudioLdmGraphs,
    readonly ddim: Ddim,
    readonly text: TextEncoder,
    /** Rows of latents are a multiple of it: 1, but for UNets that were exported with a fixed way to halve them. */
    readonly rowMultiple: number,
  ) {
    this.geometry = folder.geometry;
  }

  /** Throws GRYM_MODEL_FOLDER_INVALID. */
  static async open(settings: RunnerSettings, openGraph: OpenGraphSession): Promise<AudioLdmModel> {
    const folder = readAudioLdmFolder(settings.path, Object.keys(settings.remoteGraphs));
    const graphs = await openGraphs(folder, settings, openGraph);
    try {
      const text = await createTextEncoder(folder, graphs);
      return new AudioLdmModel(folder, graphs, createDdim(folder.scheduler), text, await rowMultipleOf(graphs, folder.geometry));
    } catch (error) {
      await graphs.release();
      throw error;
    }
  }

  /** Rows of latents that are enough for so many samples at the model's rate. */
  rowsFor(samples: number): number {
    const { hop, vaeFactor } = this.geometry;
    const rows = Math.max(1, Math.ceil(Math.ceil(samples / hop) / vaeFactor));
    return Math.ceil(rows / this.rowMultiple) * this.rowMultiple;
  }

  latentSize(rows: number): number {
    return this.geometry.latentChannels * rows * this.geometry.latentWidth;
  }

  async embed(prompt: string, negativePrompt: string | null, signal?: AbortSignal): Promise<Conditions> {
    const { maximumTokens, textDimensions } = this.geometry;
    const warnings: string[] = [];
    const tokens = (text: string, what: string): Tokens => {
      const found = this.text.tokenize(text);
      if (found.count > maximumTokens)
        warnings.push(`The model reads ${maximumTokens} tokens of ${what}, which has ${found.count}: its end was not heard.`);
      return found;
    };
    const positive = tokens(prompt, 'the prompt');
    if (negativePrompt === null) return { positive: await this.text.embed([positive], signal), negative: null, warnings };
    const both = await this.text.embed([tokens(negativePrompt, 'the negative prompt'), positive], signal);
    return { negative: both.slice(0, textDimensions), positive: both.slice(textDimensions), warnings };
  }

  /** Latents (the mean of the posterior, scaled) of a mel spectrogram of rows·vaeFactor frames. */
  async encode(mel: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const { melBands, vaeFactor, latentChannels, latentWidth, scalingFactor, shift } = this.geometry;
    const frames = mel.length / melBands;
    const sample = { type: 'float32', shape: [1, 1, frames, melBands], data: mel } as const;
    const { data } = await this.graphs.run('vae_encoder', { sample }, [1, latentChannels, frames / vaeFactor, latentWidth], signal);
    return data.map((value) => (value - shift) * scalingFactor);
  }

  /** Mel spectrogram, rows·vaeFactor frames, of one candidate's latents. */
  async decode(latents: Float32Array, rows: number, signal?: AbortSignal): Promise<Float32Array> {
    const { melBands, vaeFactor, latentChannels, latentWidth, scalingFactor, shift } = this.geometry;
    const data = latents.map((value) => value / scalingFactor + shift);
    const sample = { type: 'float32', shape: [1, latentChannels, rows, latentWidth], data } as const;
    return (await this.graphs.run('vae_decoder', { latent_sample: sample }, [1, 1, rows * vaeFactor, melBands], signal)).data;
  }

  /** Exactly `samples` samples; what the vocoder gives beyond them is cut. */
  async vocode(mel: Float32Array, samples: number, signal?: AbortSignal): Promise<Float32Array> {
    const { melBands } = this.geometry;
    const spectrogram = { type: 'float32', shape: [1, mel.length / melBands, melBands], data: mel } as const;
    const { data } = await this.graphs.run('vocoder', { spectrogram }, [1, null], signal);
    if (data.length < samples)
      throw new GrymError('GRYM_MODEL_FAULT', { model: 'vocoder', reason: `it gave ${data.length} samples where ${samples} were needed` });
    return data.slice(0, samples);
  }

  dispose(): Promise<void> {
    return this.graphs.release();
  }
}

/**
 * An exported UNet either passes on the sizes that it halved, or only doubles them again: traced at a height that is a multiple of
 * 2^halvings it fails at any other. One row, the cheapest run there is, tells which.
 */
async function rowMultipleOf(graphs: AudioLdmGraphs, geometry: AudioLdmGeometry): Promise<number> {
  const shape = [1, geometry.latentChannels, 1, geometry.latentWidth];
  const { textDimensions } = geometry;
  try {
    await graphs.run(
      'unet',
      {
        sample: { type: 'float32', shape, data: new Float32Array(geometry.latentChannels * geometry.latentWidth) },
        timestep: { type: 'int64', shape: [1], data: BigInt64Array.of(1n) },
        class_labels: { type: 'float32', shape: [1, textDimensions], data: new Float32Array(textDimensions) },
      },
      shape,
    );
    return 1;
  } catch (error) {
    // A server that computes it for us says so in its own way.
    const isTheGraphs = (['GRYM_MODEL_FAULT', 'GRYM_SERVER_FAILED', 'GRYM_SERVER_REFUSED'] as const).some((code) =>
      isGrymError(error, code),
    );
    if (isTheGraphs) return 2 ** geometry.unetHalvings;
    throw error;
  }
}
