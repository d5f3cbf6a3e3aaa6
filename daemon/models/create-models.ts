import type { AudioWorkshop } from '../audio/index.js';
import { GrymError, type Clock, type Configuration, type Logger, type Timers } from '../kernel/index.js';
import type { EventLoopMonitor } from '../monitoring/index.js';
import type { ResourceLedger } from '../resources/index.js';
import { createAudioLdmGenerator } from './audioldm/audioldm-generator.js';
import { createChatServer, readKeyFile, type ChatServer } from './chat/index.js';
import { createClapEmbedder } from './clap/provider.js';
import { parseRemoteGraphs } from './graphs/parse-remote-graphs.js';
import { createModelHosts } from './hosts/create-model-hosts.js';
import type { HostEvent } from './hosts/host-events.js';
import type { HostedModel, ModelHosts } from './hosts/model-hosts.js';
import { serverName } from './http/index.js';
import { hostedModel, InstalledProviders, type Filled } from './installed-providers.js';
import { checkHearing, createServerListener } from './listener/index.js';
import { createLlamaPlanner, createServerPlanner } from './planner/index.js';
import { createModelLibrary, FileModelStore, type InstalledModel, type ModelLibrary, type ServerToProbe } from './store/index.js';
import { createWav2Vec2Embedder, createWav2Vec2Transcriber } from './wav2vec2/provider.js';

export interface ModelsOptions {
  readonly configuration: Configuration;
  /** All work together may take; from the account that steps lease from. */
  readonly budgetThreads: number;
  readonly ledger: ResourceLedger;
  readonly workshop: AudioWorkshop;
  readonly monitor: EventLoopMonitor;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Everything about models in one daemon. */
export interface Models {
  readonly providers: InstalledProviders;
  readonly library: ModelLibrary;
  readonly hosts: ModelHosts;
  dispose(): Promise<void>;
}

/** An even share for each run that may work at once, unless the settings say otherwise; never more than the budget. */
export function threadsOfModel(configuration: Pick<Configuration, 'modelThreads' | 'concurrentRuns'>, budgetThreads: number): number {
  const { modelThreads, concurrentRuns } = configuration;
  const wanted = modelThreads > 0 ? modelThreads : Math.floor(budgetThreads / concurrentRuns);
  return Math.max(1, Math.min(wanted, budgetThreads));
}

/** Hosts, store, library and providers. Throws GRYM_CONFIGURATION_INVALID where a server or remote graph is configured wrongly. */
export async function createModels(options: ModelsOptions): Promise<Models> {
  const { configuration, ledger, workshop, monitor, clock, timers, logger } = options;
  const { thoughtTokens, modelFolder, modelSource, concurrentRuns, modelIdleSeconds } = configuration;
  const remoteGraphs = parseRemoteGraphs(configuration.remoteGraphs);
  const threads = threadsOfModel(configuration, options.budgetThreads);
  const servers = configuredServers(configuration, workshop, thoughtTokens);
  const store = await FileModelStore.open(modelFolder, logger);
  const hosts = createModelHosts({
    ...{ ledger, clock, timers, logger, monitor, threads },
    // Of all models together: a step leases threads for one, and candidates may be judged by another beside it.
    maximumThreads: options.budgetThreads,
    maximumHosts: concurrentRuns,
    idleMs: modelIdleSeconds * 1_000,
    onEvent: (event) => logHostEvent(event, logger),
  });
  const providers = new InstalledProviders({
    ...{ store, remoteGraphs, threads, logger },
    servers: servers.map(({ filled }) => filled),
    fill: (model, hosted) => filledBy({ model, hosted, hosts, workshop, thoughtTokens, logger }),
  });
  const library = createModelLibrary({
    ...{ store, hosts, clock, logger, source: modelSource },
    hosted: (model) => hostedModel(model, remoteGraphs),
    servers: () => servers.map(({ probe }) => probe),
  });
  return {
    ...{ providers, library, hosts },
    dispose: async () => {
      providers.dispose();
      await hosts.dispose();
    },
  };
}

/** How long loading and computing took, and what was tried twice. */
function logHostEvent({ modelId, ...event }: HostEvent, logger: Logger): void {
  const milliseconds = 'milliseconds' in event ? Math.round(event.milliseconds) : 0;
  switch (event.type) {
    case 'loaded':
      return logger.info('A model was loaded', { modelId, milliseconds });
    case 'retried':
      return logger.warn('The process of a model ended under a task, which begins again in another', { modelId, task: event.task });
    case 'task':
      return logger.debug('A task of a model ended', { modelId, task: event.task, outcome: event.outcome, milliseconds });
    case 'died':
    case 'unloaded':
      return; // the pool has logged it
  }
}

interface Filling {
  readonly model: InstalledModel;
  readonly hosted: HostedModel;
  readonly hosts: ModelHosts;
  readonly workshop: AudioWorkshop;
  readonly thoughtTokens: number;
  readonly logger: Logger;
}

/** What an installed model fills, by its kind; each loads when it is first asked. */
function filledBy({ model, hosted, hosts, workshop, thoughtTokens, logger }: Filling): Filled {
  const { version, roles } = model;
  const parts = { hosts, model: hosted, version };
  switch (model.kind) {
    case 'audioldm':
      return {
        generators: createAudioLdmGenerator({
          ...parts,
          licence: model.licence,
          measure: (audio, options) => workshop.analyse(audio, options),
        }),
      };
    case 'clap':
      return { embedders: createClapEmbedder({ ...parts, onNotice: (sentence) => logger.info(sentence, { model: model.id }) }) };
    case 'wav2vec2':
      return {
        ...(roles.includes('embedder') && { embedders: createWav2Vec2Embedder(parts) }),
        ...(roles.includes('transcriber') && { transcribers: createWav2Vec2Transcriber(parts) }),
      };
    case 'llama':
      return { planners: createLlamaPlanner({ ...parts, thoughtTokens }) };
  }
}

interface ConfiguredServer {
  readonly filled: Filled;
  readonly probe: ServerToProbe;
}

const PROBE_DEADLINE_MS = 60_000;

function configuredServers(configuration: Configuration, workshop: AudioWorkshop, thoughtTokens: number): ConfiguredServer[] {
  const { plannerUrl, plannerModel, plannerKeyFile, listenerUrl, listenerModel, listenerKeyFile } = configuration;
  const servers: ConfiguredServer[] = [];
  const nameless = [
    ...(plannerUrl !== '' && plannerModel === '' ? ['plannerModel: the server of plannerUrl needs the name of a model.'] : []),
    ...(listenerUrl !== '' && listenerModel === '' ? ['listenerModel: the server of listenerUrl needs the name of a model.'] : []),
  ];
  if (nameless.length > 0) throw new GrymError('GRYM_CONFIGURATION_INVALID', { problems: nameless.join(' ') });
  if (plannerUrl !== '') {
    const chat = createChatServer({ url: plannerUrl, model: plannerModel, apiKey: readKeyFile('plannerKeyFile', plannerKeyFile) });
    servers.push({ filled: { planners: createServerPlanner({ chat, thoughtTokens }) }, probe: plannerProbe(chat) });
  }
  if (listenerUrl !== '') {
    const chat = createChatServer({ url: listenerUrl, model: listenerModel, apiKey: readKeyFile('listenerKeyFile', listenerKeyFile) });
    const resample: AudioWorkshop['resample'] = (audio, rate, watched) => workshop.resample(audio, rate, watched);
    const hearing = async (signal: AbortSignal): Promise<string[]> => {
      await checkHearing(chat, { signal, deadlineMs: PROBE_DEADLINE_MS });
      return [`${chat.settings.model} hears what it is sent.`];
    };
    const probe = { role: 'listener', address: serverName(chat.settings.url).url, probe: hearing };
    servers.push({ filled: { describers: createServerListener({ chat, resample }) }, probe });
  }
  return servers;
}

function plannerProbe(chat: ChatServer): ServerToProbe {
  return {
    ...{ role: 'planner', address: serverName(chat.settings.url).url },
    probe: async (signal) => {
      const question = { messages: [{ role: 'user', content: 'Answer with the one word: ready' }], maximumTokens: 2_000 } as const;
      const { content, reasoning } = await chat.complete(question, { signal, deadlineMs: PROBE_DEADLINE_MS });
      const thought = reasoning === '' ? '' : ' after thinking';
      return [`${chat.settings.model} answered${thought}: “${content.trim().slice(0, 60)}”.`];
    },
  };
}
