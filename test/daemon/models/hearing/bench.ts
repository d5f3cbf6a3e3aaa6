// What the tests of models that hear share: runners in this process in place of model hosts, sounds, and graphs made of arithmetic.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { AudioBuffer } from '../../../../daemon/audio/index.js';
import { findPackageRoot, isGrymError, type JsonObject } from '../../../../daemon/kernel/index.js';
import type { GraphSession, OpenGraphSession } from '../../../../daemon/models/graphs/graph-session.js';
import type { HostedModel, ModelCall, ModelHosts } from '../../../../daemon/models/hosts/model-hosts.js';
import type { ModelRunner, RunnerKind } from '../../../../daemon/models/hosts/model-runner.js';
import type { Tensor, Tensors } from '../../../../daemon/models/hosts/tensor.js';

export const fixture = (name: 'wav2vec2-mini' | 'clap-mini'): string => join(findPackageRoot(), 'test/fixtures/models', name);

export const settingsFor = (path: string): { path: string; threads: number; remoteGraphs: Record<string, string> } => ({
  path,
  threads: 1,
  remoteGraphs: {},
});

export const hostedModel = (kind: RunnerKind): HostedModel => ({
  ...{ provider: kind, modelId: `${kind}-mini`, kind, memoryBytes: 1 },
  settings: { path: fixture(kind === 'clap' ? 'clap-mini' : 'wav2vec2-mini'), remoteGraphs: {} },
});

export const free = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });
export const io = (signal = free().signal): { signal: AbortSignal; progress: () => void; emit: () => void } => ({
  ...{ signal, progress: () => undefined, emit: () => undefined },
});

/** Parameters cross as JSON and tensors as copies, as they do between processes. */
export class FakeHosts implements Pick<ModelHosts, 'call'> {
  readonly calls: ModelCall[] = [];

  constructor(private readonly runner: ModelRunner) {}

  async call(_model: HostedModel, call: ModelCall): ReturnType<ModelHosts['call']> {
    this.calls.push(call);
    const tensors = Object.fromEntries(
      Object.entries(call.tensors ?? {}).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
    );
    const params = JSON.parse(JSON.stringify(call.params)) as JsonObject;
    const reply = await this.runner.run(call.task, params, tensors, {
      ...{ signal: call.signal, emit: () => undefined },
      progress: (fraction, stage) => call.onProgress?.(fraction, stage),
    });
    return { result: reply.result, tensors: reply.tensors, retries: 0 };
  }
}

export const audioTensor = ({ samples, channels }: AudioBuffer): Tensors => ({
  audio: { type: 'float32', shape: [samples.length / channels, channels], data: samples },
});

// Taken out of the global object once: under Jest every look at it goes through the test's own context, which is slow in a loop.
const { floor, imul, round, sin, PI } = Math;

/** Tones that wander, and noise: nothing of it is like the rest. */
export function wandering(seconds: number, sampleRate: number, channels = 1): AudioBuffer {
  const samples = new Float32Array(round(seconds * sampleRate) * channels);
  let state = 7;
  for (let index = 0; index < samples.length; index += 1) {
    const time = floor(index / channels) / sampleRate;
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const tone = sin(2 * PI * (180 * time + 9 * sin(0.7 * time + (index % channels))));
    samples[index] = 0.3 * tone * (0.6 + 0.4 * sin(11 * time)) + 0.05 * (state / 2 ** 31 - 1);
  }
  return { samples, sampleRate, channels };
}

export const silence = (seconds: number, sampleRate = 48_000): AudioBuffer => ({
  ...{ samples: new Float32Array(Math.round(seconds * sampleRate)), sampleRate, channels: 1 },
});

export function floats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

/** ‖a − b‖ ÷ ‖b‖. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let index = 0; index < b.length; index += 1) {
    error += ((a[index] ?? NaN) - (b[index] ?? NaN)) ** 2;
    size += (b[index] ?? NaN) ** 2;
  }
  return Math.sqrt(error / size);
}

/** The message of what is thrown, behind its code. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return isGrymError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

export type GraphFunction = (feeds: Tensors) => Tensors;

export interface FakeGraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly run: GraphFunction;
}

/** Graphs by the names of their files without ending: "model". */
export function fakeGraphs(graphs: Readonly<Record<string, FakeGraph>>): { open: OpenGraphSession; released: string[] } {
  const released: string[] = [];
  const open: OpenGraphSession = (file) => {
    const name = basename(file, '.onnx');
    const graph = graphs[name];
    if (graph === undefined) return Promise.reject(new Error(`no graph ${name}`));
    const session: GraphSession = {
      ...{ inputNames: graph.inputs, outputNames: graph.outputs },
      run: (feeds) => Promise.resolve(graph.run(feeds)),
      release: () => {
        released.push(name);
        return Promise.resolve();
      },
    };
    return Promise.resolve(session);
  };
  return { open, released };
}

const folders: string[] = [];

/** A copy of a fixture that may be spoilt; `removeCopies` ends them all. */
export function copyOf(name: 'wav2vec2-mini' | 'clap-mini'): string {
  const folder = mkdtempSync(join(tmpdir(), `grym-${name}-`));
  folders.push(folder);
  cpSync(fixture(name), folder, { recursive: true, filter: (file) => !file.includes('reference') });
  return folder;
}

export function removeCopies(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Sets fields of a JSON file; undefined removes one. */
export function change(folder: string, file: string, fields: Readonly<Record<string, unknown>>): void {
  const path = join(folder, file);
  const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...value, ...fields }));
}
