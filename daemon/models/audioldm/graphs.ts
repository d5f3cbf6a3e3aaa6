import { GrymError } from '../../kernel/index.js';
import type { GraphSession, OpenGraphSession } from '../graphs/graph-session.js';
import type { RunnerSettings } from '../hosts/model-runner.js';
import type { FloatTensor, Tensors } from '../hosts/tensor.js';
import { GRAPH_NAMES, type AudioLdmFolder, type GraphName } from './layout.js';

const PORTS: Readonly<Record<GraphName, { readonly inputs: readonly string[]; readonly outputs: readonly string[] }>> = {
  text_encoder: { inputs: ['input_ids', 'attention_mask'], outputs: ['text_embeds'] },
  unet: { inputs: ['sample', 'timestep', 'class_labels'], outputs: ['out_sample'] },
  vae_encoder: { inputs: ['sample'], outputs: ['latent_mean'] },
  vae_decoder: { inputs: ['latent_sample'], outputs: ['sample'] },
  vocoder: { inputs: ['spectrogram'], outputs: ['waveform'] },
};

/** The five graphs of a model. */
export interface AudioLdmGraphs {
  /**
   * Its one output that the model uses; `signal`: as in GraphSession. Throws GRYM_MODEL_FAULT where that is missing or of another shape: null
   * stands for any length.
   */
  run(graph: GraphName, feeds: Tensors, shape: readonly (number | null)[], signal?: AbortSignal): Promise<FloatTensor>;
  release(): Promise<void>;
}

function checkPorts(path: string, name: GraphName, session: GraphSession): void {
  const { inputs, outputs } = PORTS[name];
  const same = inputs.length === session.inputNames.length && inputs.every((input) => session.inputNames.includes(input));
  if (same && outputs.every((output) => session.outputNames.includes(output))) return;
  const reason =
    `${name}/model.onnx has the inputs ${session.inputNames.join(', ')} and the outputs ${session.outputNames.join(', ')}; ` +
    `expected were ${inputs.join(', ')} and ${outputs.join(', ')}`;
  throw new GrymError('GRYM_MODEL_FOLDER_INVALID', { path, reason });
}

function checkedOutput(outputs: Tensors, name: GraphName, shape: readonly (number | null)[]): FloatTensor {
  const [output = ''] = PORTS[name].outputs;
  const tensor = outputs[output];
  const fits =
    tensor !== undefined &&
    shape.length === tensor.shape.length &&
    shape.every((length, axis) => length === null || length === tensor.shape[axis]);
  if (tensor?.type === 'float32' && fits) return tensor;
  const found = tensor === undefined ? 'is missing' : `is ${tensor.type} [${tensor.shape.join(', ')}]`;
  const wanted = shape.map((length) => length ?? 'any').join(', ');
  throw new GrymError('GRYM_MODEL_FAULT', { model: name, reason: `its output ${output} ${found}, and float32 [${wanted}] was expected` });
}

/** Opens all graphs, or none. */
export async function openGraphs(folder: AudioLdmFolder, settings: RunnerSettings, open: OpenGraphSession): Promise<AudioLdmGraphs> {
  const sessions = new Map<GraphName, GraphSession>();
  const release = async (): Promise<void> => {
    await Promise.all([...sessions.values()].map((session) => session.release()));
    sessions.clear();
  };
  try {
    for (const name of GRAPH_NAMES) {
      const session = await open(folder.graph(name), { threads: settings.threads, remote: settings.remoteGraphs[name] });
      sessions.set(name, session);
      checkPorts(folder.path, name, session);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    release,
    async run(name, feeds, shape, signal) {
      const session = sessions.get(name);
      if (session === undefined) throw new GrymError('GRYM_MODEL_FAULT', { model: name, reason: 'it was released already' });
      return checkedOutput(await session.run(feeds, signal), name, shape);
    },
  };
}
