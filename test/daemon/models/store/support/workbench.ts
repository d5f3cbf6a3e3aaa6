import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPackageRoot, systemClock } from '../../../../../daemon/kernel/index.js';
import {
  createModelLibrary,
  FileModelStore,
  KNOWN_MODELS,
  type InstalledModel,
  type KnownModel,
  type ModelLibrary,
  type ModelLibraryOptions,
  type Watched,
} from '../../../../../daemon/models/store/index.js';

export const FIXTURES = join(findPackageRoot(), 'test', 'fixtures', 'models');

export const SILENT = { warn: () => undefined, info: () => undefined };

export const QUICK = { failuresInRow: 6, connections: 200, firstDelayMs: 1, longestDelayMs: 4, stalledMs: 30_000 };

/** Files of a fixture by their paths, without PyTorch's tensors. */
export function fixtureFiles(name: string): Record<string, Buffer> {
  const folder = join(FIXTURES, name);
  const files: Record<string, Buffer> = {};
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(folder, entry)).isFile() && !entry.startsWith('reference')) files[entry] = readFileSync(join(folder, entry));
  }
  return files;
}

export function copyFixture(name: string, to: string): string {
  for (const path of Object.keys(fixtureFiles(name))) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(FIXTURES, name, path), join(to, path));
  }
  return to;
}

/** A small model on the hub, in the form of a known one. */
export const MINI: KnownModel = {
  ...(KNOWN_MODELS.find(({ id }) => id === 'clap-htsat-unfused') ?? raise()),
  id: 'clap-mini',
  source: { type: 'hub', repository: 'someone/clap-mini', revision: 'main', files: Object.keys(fixtureFiles('clap-mini')) },
};

function raise(): never {
  throw new Error('the catalogue has lost CLAP');
}

/** Stands in for model hosts: says what a runner would, and writes down what was asked. */
export class FakeHosts {
  readonly calls: string[] = [];
  readonly unloaded: string[] = [];
  /** Called when a model's hosts have ended, and again right before calls go on. */
  onExchange: () => void = () => undefined;
  answer: () => Promise<{ works: string[] }> = async () => ({ works: ['it answers'] });

  readonly call: ModelLibraryOptions['hosts']['call'] = async (model, call) => {
    this.calls.push(`${model.modelId} ${call.task} ${model.settings.path}`);
    return { result: await this.answer(), tensors: {}, retries: 0 };
  };
  readonly views: ModelLibraryOptions['hosts']['views'] = () => [];
  readonly whileUnloaded: ModelLibraryOptions['hosts']['whileUnloaded'] = async (id, work) => {
    this.unloaded.push(id);
    this.onExchange();
    const result = await work();
    this.onExchange();
    return result;
  };
}

export function hosted(model: InstalledModel): ReturnType<ModelLibraryOptions['hosted']> {
  const { id, kind, path, memoryBytes } = model;
  return { provider: kind, modelId: id, kind, settings: { path, remoteGraphs: {} }, memoryBytes };
}

export interface Bench {
  readonly library: ModelLibrary;
  readonly store: FileModelStore;
  readonly hosts: FakeHosts;
}

export async function openLibrary(
  folder: string,
  source = 'http://127.0.0.1:1',
  options: Partial<ModelLibraryOptions> = {},
): Promise<Bench> {
  const store = await FileModelStore.open(folder, SILENT);
  const hosts = new FakeHosts();
  const library = createModelLibrary({
    ...{ store, hosts, hosted, source, clock: systemClock, logger: SILENT, known: [MINI, ...KNOWN_MODELS], patience: QUICK },
    ...options,
  });
  return { library, store, hosts };
}

export function watched(signal = new AbortController().signal): Watched & { readonly stages: string[] } {
  const stages: string[] = [];
  return { signal, stages, progress: (_fraction, stage) => void stages.push(stage) };
}

export const ACCEPTED = { acceptLicence: 'Apache-2.0', again: false };
