import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realpathSync } from 'node:fs';
import {
  DisposableStack,
  packageVersion,
  prepareRuntimeFolder,
  systemClock,
  systemTimers,
  type Configuration,
  type Logger,
} from './kernel/index.js';
import { FileBlobStore, lockDataFolder, openDatabase } from './storage/index.js';
import { ClipIndex, ClipLibrary, createAudioWorkshop, openAudioPath, OrphanReaper, type AudioPath } from './audio/index.js';
import { createContext } from './context/index.js';
import { createModels, type Generator } from './models/index.js';
import { EventLoopMonitor } from './monitoring/index.js';
import { LocalLedger, workBudget } from './resources/index.js';
import { createWorkflow, discoverSteps, openPreferences, workflowBudget, type SlotKeeper } from './workflow/index.js';
import { createActionDispatcher } from './actions/index.js';
import { readOrCreateToken, removeDaemonFile, writeDaemonFile } from './surfaces/access/index.js';
import {
  ConnectedBridges,
  DEFAULT_SESSION_LIMITS,
  EventHub,
  publishRuns,
  SocketEndpoint,
  type SessionLimits,
} from './surfaces/bridge/index.js';
import { HttpServer } from './surfaces/http/index.js';
import { runInForeground, type RunningDaemon } from './surfaces/start/index.js';
import { PROTOCOL_VERSIONS } from '../protocol/index.js';

const STOP_DEADLINE_MS = 5_000;
const METER_INTERVAL_MS = 50;

/** What a test may replace; everything else is made here. */
export interface DaemonParts {
  readonly openAudioPath: () => AudioPath;
  readonly createGenerator: () => Promise<Generator>;
  readonly sessionLimits: SessionLimits;
}

const REAL_PARTS: DaemonParts = {
  openAudioPath,
  // Loaded when it is needed: a prompt that goes to a running daemon needs no generator here.
  createGenerator: async () => (await import('./models/index.js')).createProceduralGenerator(),
  sessionLimits: DEFAULT_SESSION_LIMITS,
};

/** Puts the daemon together and starts it. What was started before a failure is stopped again. */
export async function startDaemon(configuration: Configuration, logger: Logger, parts: DaemonParts = REAL_PARTS): Promise<RunningDaemon> {
  const stack = new DisposableStack();
  try {
    return await compose(configuration, logger, parts, stack);
  } catch (error) {
    await stack.dispose(STOP_DEADLINE_MS).catch((problem: unknown) => logger.error('Not stopped cleanly', { error: problem }));
    throw error;
  }
}

async function compose(configuration: Configuration, logger: Logger, parts: DaemonParts, stack: DisposableStack): Promise<RunningDaemon> {
  const { paths } = configuration;
  const clock = systemClock;
  const timers = systemTimers;
  const version = packageVersion();
  const monitor = stack.use('event loop monitor', new EventLoopMonitor({ logger, clock, timers }));
  prepareRuntimeFolder(paths.runtimeFolder);
  stack.use('data folder', lockDataFolder(paths.dataFolder));
  const token = await readOrCreateToken(paths.tokenFile, logger);

  const database = stack.use('database', openDatabase(paths.databaseFile));
  const library = new ClipLibrary(new FileBlobStore(paths.clipFolder, '.wav'), new ClipIndex(database), clock, logger);
  await library.reconcile();

  const audioPath = stack.use('audio path', parts.openAudioPath());
  const folder = join(paths.dataFolder, 'recovered');
  const reaper = stack.use('orphan reaper', new OrphanReaper({ audioPath, folder, logger }));
  const events = new EventHub();
  // The bridges tell the slots what they hold, and the slots tell the bridges what to load: one of the two is bound late.
  const late: { slots?: SlotKeeper } = {};
  const bridges = stack.use(
    'bridges',
    new ConnectedBridges({
      ...{ audioPath, events, clock, logger },
      slotDeadlineMs: configuration.slotDeadlineSeconds * 1_000,
      naming: { clipName: (hash) => library.nameOf(hash), offers: (bridgeId) => late.slots?.offers(bridgeId) ?? [] },
      onReport: (bridgeId, reports) => late.slots?.report(bridgeId, reports),
      onGone: () => reaper.bridgeGone(),
    }),
  );
  const generator = stack.use('generator', await parts.createGenerator());
  const workshop = stack.use('audio workshop', createAudioWorkshop());
  const { dataFolder, ruleFolder } = configuration;
  // One account for steps and for the models that stay loaded between them.
  const budget = workflowBudget(configuration);
  const ledger = new LocalLedger({ budget, clock, timers, logger });
  // Models never take the last core, however many runs may work at once.
  const budgetThreads = workBudget(configuration).threads;
  const partsOfModels = { configuration, ledger, workshop, monitor, clock, timers, logger, budgetThreads };
  const models = stack.use('models', await createModels(partsOfModels));
  const preferences = stack.use('preferences', openPreferences(dataFolder, logger));
  const context = createContext({ database, dataFolder, ruleFolder, clock, logger });
  stack.use('context', context.store);
  const steps = await discoverSteps();
  const made = createWorkflow({
    ...{ database, library, generator, bridges, clock, timers, logger, ledger, preferences },
    ...{ settings: configuration, catalogue: steps, contexts: context.store, models: models.providers },
    audio: { workshop, captureSources: bridges },
  });
  const { workflow, capabilities, breakers } = made;
  late.slots = made.slots;

  let requestStop = (): void => undefined;
  const stopRequested = new Promise<void>((resolve) => (requestStop = resolve));
  const startedAtMs = clock.nowMs();
  const actions = createActionDispatcher({
    ...{ bridges, library, workflow, steps, capabilities, breakers, context, slots: made.slots },
    ...{ models: models.library, modelHosts: models.hosts, monitoring: monitor },
    announce: (eventClass, name, data) => events.publish(eventClass, name, data),
    daemon: {
      ...{ version, startedAtMs, sampleRate: configuration.sampleRate },
      port: () => http.port,
      clientCount: () => endpoint.clientCount,
      requestStop: () => void setImmediate(requestStop),
    },
  });

  const clipPath = (hash: string): string => library.reference(hash).path;
  const http = stack.use('HTTP server', new HttpServer({ token, daemonVersion: version, actions, clipPath, logger }));
  const session = { token, daemonVersion: version, clipFolder: paths.clipFolder, actions, bridges, events, clock, logger };
  const endpoint = stack.use(
    'WebSocket endpoint',
    new SocketEndpoint(http.server, () => http.port, { ...session, limits: parts.sessionLimits }),
  );
  // The default port is a habit, not a promise: daemon.json tells the one that it is. A port that was given is meant.
  await http.listen(configuration.port, configuration.given.has('port') ? 'fail' : 'any-free');

  const meters = setInterval(() => bridges.publishMeters(), METER_INTERVAL_MS);
  stack.defer('meters', () => clearInterval(meters));
  publishRuns(workflow, events);
  // Last in, first out: runs are stopped, and those who wait for them told so, before the connections are closed.
  stack.use('workflow', workflow);
  await workflow.start();
  await writeDaemonFile(paths.runtimeFolder, {
    port: http.port,
    processId: process.pid,
    tokenPath: paths.tokenFile,
    protocolVersions: [...PROTOCOL_VERSIONS],
    daemonVersion: version,
    clipFolder: paths.clipFolder,
  });
  stack.defer('daemon.json', () => removeDaemonFile(paths.runtimeFolder, process.pid));
  // Not waited for: saving minutes of audio must not hold up the start.
  reaper.start();
  monitor.forget();

  return { port: http.port, token, version, library, bridges, actions, stopRequested, stop: () => stack.dispose(STOP_DEADLINE_MS) };
}

function isEntryPoint(): boolean {
  const entry = process.argv[1];
  return entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url);
}

/** `grym daemon …` and `npm start -- …`: resolves with the exit status when everything is done. */
export function runDaemon(args: readonly string[], startedAtMs = performance.now()): Promise<number> {
  return runInForeground(args, { startDaemon, startedAtMs });
}

if (isEntryPoint()) {
  // The stop has a deadline of its own; a part that is still busy then must not keep the process alive.
  process.exit(await runDaemon(process.argv.slice(2), 0));
}
