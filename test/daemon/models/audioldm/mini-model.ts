import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { loadAudioLdm } from '../../../../daemon/models/audioldm/audioldm-runner.js';
import { openGraph } from '../../../../daemon/models/graphs/graph-opener.js';
import type { OpenGraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import type { ModelRunner, RunnerIo, RunnerReply } from '../../../../daemon/models/hosts/model-runner.js';
import type { FloatTensor, Tensors } from '../../../../daemon/models/hosts/tensor.js';

export const MINI = 'test/fixtures/models/audioldm-mini';
export const MODEL_RATE = 16_000;
/** Samples of one row of latents. */
export const ROW_SAMPLES = 640;

export interface GraphRun {
  readonly graph: string;
  readonly feeds: Tensors;
}

export interface WatchedModel {
  readonly runner: ModelRunner;
  /** Since it was opened or last emptied, oldest first. */
  readonly runs: GraphRun[];
  /** Called before each run of a graph. */
  onRun: (run: GraphRun) => void;
}

/** The fixture's runner, with an eye on what its graphs are asked. */
export async function openMini(path = MINI, open: OpenGraphSession = openGraph): Promise<WatchedModel> {
  const runs: GraphRun[] = [];
  const watched: { onRun: (run: GraphRun) => void } = { onRun: () => undefined };
  const runner = await loadAudioLdm({ path, threads: 1, remoteGraphs: {} }, async (file, options) => {
    const session = await open(file, options);
    const graph = file.split('/').at(-2) ?? '';
    return {
      ...{ inputNames: session.inputNames, outputNames: session.outputNames, release: () => session.release() },
      run: (feeds) => {
        // A copy: the loop computes on in the same memory.
        const run = { graph, feeds: structuredClone(feeds) };
        runs.push(run);
        watched.onRun(run);
        return session.run(feeds);
      },
    };
  });
  runs.length = 0;
  return Object.assign(watched, { runner, runs });
}

export interface WatchedIo extends RunnerIo {
  readonly controller: AbortController;
  readonly fractions: number[];
  readonly stages: string[];
  readonly events: JsonObject[];
}

export function watchedIo(): WatchedIo {
  const controller = new AbortController();
  const fractions: number[] = [];
  const stages: string[] = [];
  const events: JsonObject[] = [];
  const progress = (fraction: number, stage: string): void => {
    fractions.push(fraction);
    stages.push(stage);
  };
  return { controller, fractions, stages, events, signal: controller.signal, progress, emit: (event) => events.push(event) };
}

export function floats({ tensors }: RunnerReply, name: string): FloatTensor {
  const tensor = tensors[name];
  if (tensor?.type !== 'float32') throw new Error(`there is no float tensor ${name} among ${Object.keys(tensors).join(', ')}`);
  return tensor;
}

/** A tone with an onset, so that it is no one's silence: interleaved, all channels different. */
export function tone(seconds: number, sampleRate: number, channels: number): Tensors {
  const frames = Math.round(seconds * sampleRate);
  const data = new Float32Array(frames * channels);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const time = frame / sampleRate;
      data[frame * channels + channel] = 0.3 * Math.sin(2 * Math.PI * 220 * (channel + 1) * time) * Math.exp(-3 * (time % 0.5));
    }
  }
  return { source: { type: 'float32', shape: [frames, channels], data } };
}
