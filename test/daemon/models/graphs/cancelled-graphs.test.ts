import { GrymError, type JsonObject } from '../../../../daemon/kernel/index.js';
import { loadAudioLdm } from '../../../../daemon/models/audioldm/audioldm-runner.js';
import { loadClap } from '../../../../daemon/models/clap/runner.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import type { OpenGraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import type { ModelRunner, RunnerSettings } from '../../../../daemon/models/hosts/model-runner.js';
import type { Tensors } from '../../../../daemon/models/hosts/tensor.js';
import { loadWav2Vec2 } from '../../../../daemon/models/wav2vec2/runner.js';
import { MINI, tone, watchedIo } from '../audioldm/mini-model.js';
import { fixture } from '../hearing/bench.js';

interface Task {
  readonly load: (settings: RunnerSettings, open: OpenGraphSession) => Promise<ModelRunner>;
  readonly path: string;
  readonly task: string;
  readonly params: JsonObject;
  readonly tensors?: Tensors;
}

const WORDS = { prompt: 'dark analog bass loop', negativePrompt: 'noisy', seed: 7, steps: 1 };
const generating = { load: loadAudioLdm, path: MINI, task: 'generate', params: { ...WORDS, seconds: 0.1 } };
const varying = {
  ...generating,
  task: 'from-audio',
  params: { ...WORDS, sourceRate: 16_000, strength: 0.5 },
  tensors: tone(0.1, 16_000, 1),
};
const hearing = { load: loadClap, path: fixture('clap-mini'), task: 'embed-audio', params: { sampleRate: 48_000 } };
const reading = { ...hearing, task: 'embed-text', params: { texts: ['bass'] } };
const sound: Tensors = { audio: { type: 'float32', shape: [48_000], data: new Float32Array(48_000).fill(0.1) } };
const listening = { load: loadWav2Vec2, path: fixture('wav2vec2-mini'), task: 'features', params: { sampleRate: 48_000 }, tensors: sound };

const CASES: readonly (readonly [graph: string, task: Task])[] = [
  ['text_encoder/model', generating],
  ['unet/model', generating],
  ['vae_decoder/model', generating],
  ['vocoder/model', generating],
  ['vae_encoder/model', varying],
  ['onnx/text_model', reading],
  ['onnx/audio_model', { ...hearing, tensors: sound }],
  ['onnx/model', listening],
];

test.each(CASES)(
  'a task that is cancelled while another machine computes %s gives that up at once',
  async (graph, { load, ...asked }) => {
    const io = watchedIo();
    const open: OpenGraphSession = async (file, options) => {
      const session = await openGraph(file, options);
      if (!file.endsWith(`${graph}.onnx`)) return session;
      const { inputNames, outputNames } = session;
      return {
        ...{ inputNames, outputNames, release: () => session.release() },
        run: (feeds, signal) => {
          // What is asked while the model is loaded has no task.
          if (signal === undefined) return session.run(feeds);
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as GrymError), { once: true });
            io.controller.abort(new GrymError('GRYM_CANCELLED', { what: `computing ${graph}` }));
          });
        },
      };
    };
    const runner = await load({ path: asked.path, threads: 1, remoteGraphs: {} }, open);
    const run = runner.run(asked.task, asked.params, asked.tensors ?? {}, io);
    await expect(run).rejects.toMatchObject({ code: 'GRYM_CANCELLED', message: `Cancelled: computing ${graph}.` });
    await runner.dispose();
  },
  10_000,
);
