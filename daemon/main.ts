import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realpathSync } from 'node:fs';
import {
  createLogger,
  DisposableStack,
  findPackageRoot,
  GrymError,
  isGrymError,
  loadConfiguration,
  messageOf,
  packageVersion,
  prepareRuntimeFolder,
  systemClock,
  type Configuration,
  type Logger,
} from './kernel/index.js';
import { FileBlobStore, lockDataFolder, openDatabase } from './storage/index.js';
import { ClipIndex, ClipLibrary, openAudioPath, OrphanReaper, type AudioPath, type BridgeDirectory } from './audio/index.js';
import type { Generator } from './models/index.js';
import { createWorkflow, type SlotKeeper, type Workflow } from './workflow/index.js';
import { createActionDispatcher, generateAction, type ActionDispatcher } from './actions/index.js';
import { findRunningDaemon, readOrCreateToken, removeDaemonFile, writeDaemonFile, type DaemonFile } from './surfaces/access/index.js';
import { ConnectedBridges, DEFAULT_SESSION_LIMITS, EventHub, SocketEndpoint, type SessionLimits } from './surfaces/bridge/index.js';
import {
  askDaemon,
  EXIT_CODES,
  exitCodeOf,
  present,
  processTerminal,
  ProgressLine,
  toWireError,
  type Terminal,
} from './surfaces/cli/index.js';
import { connectTo } from './surfaces/client/index.js';
import { HttpServer } from './surfaces/http/index.js';
import { nextStepsText, parseStartFlags, pluginText, readyText, startHelp, type StartRequest } from './surfaces/start/index.js';
import { PROTOCOL_VERSIONS } from '../protocol/index.js';

const STOP_DEADLINE_MS = 5_000;
const METER_INTERVAL_MS = 50;
/** Plugins look for a new daemon at least every 250 ms. */
const FIRST_BRIDGE_MS = 400;
/** Signals closer together than this are one Ctrl-C. */
const SAME_INTERRUPT_MS = 300;

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

export interface RunningDaemon {
  readonly port: number;
  readonly token: string;
  readonly version: string;
  readonly library: ClipLibrary;
  readonly bridges: BridgeDirectory;
  readonly actions: ActionDispatcher;
  /** Resolves when somebody asked for the stop by the action `shutdown`. */
  readonly stopRequested: Promise<void>;
  /** Idempotent; rejects where a part did not stop in time. */
  stop(): Promise<void>;
}

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
  const version = packageVersion();
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
      naming: { clipName: (hash) => clipNameOf(library, hash), offers: (bridgeId) => late.slots?.offers(bridgeId) ?? [] },
      onReport: (bridgeId, reports) => late.slots?.report(bridgeId, reports),
      onGone: () => reaper.bridgeGone(),
    }),
  );
  const generator = stack.use('generator', await parts.createGenerator());
  const made = createWorkflow({ database, library, generator, bridges, clock, logger, settings: configuration });
  const { workflow } = made;
  late.slots = made.slots;

  let requestStop = (): void => undefined;
  const stopRequested = new Promise<void>((resolve) => (requestStop = resolve));
  const startedAtMs = clock.nowMs();
  const actions = createActionDispatcher({
    ...{ bridges, library, workflow, slots: made.slots },
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
  await listen(http, configuration, logger);

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

  return { port: http.port, token, version, library, bridges, actions, stopRequested, stop: () => stack.dispose(STOP_DEADLINE_MS) };
}

/** The default port is a habit, not a promise: where it is taken, any free one does, since daemon.json tells it. One that was given is meant. */
async function listen(http: HttpServer, configuration: Configuration, logger: Logger): Promise<void> {
  try {
    await http.listen(configuration.port);
  } catch (error) {
    if (!isGrymError(error, 'GRYM_PORT_TAKEN') || configuration.given.has('port')) throw error;
    logger.warn(`${error.message} Using a free port instead.`);
    await http.listen(0);
  }
}

function clipNameOf(library: ClipLibrary, hash: string): string | null {
  try {
    return library.get(hash).name;
  } catch (error) {
    if (isGrymError(error, 'GRYM_CLIP_UNKNOWN')) return null;
    throw error;
  }
}

function publishRuns(workflow: Workflow, events: EventHub): void {
  workflow.onEvent(({ kind, run }) => {
    events.publish('runs', kind, { ...run });
    if (kind === 'state' && run.clipHash !== null && (run.state === 'done' || run.state === 'library-only')) {
      events.publish('clips', 'made', { hash: run.clipHash, path: run.clipPath, runId: run.runId });
    }
  });
}

/** `grym daemon …` and `npm start -- …`: resolves with the exit status when everything is done. */
export async function runDaemon(args: readonly string[], startedAtMs = performance.now()): Promise<number> {
  const terminal = processTerminal();
  const json = args.includes('--json');
  try {
    const request = parseStartFlags(args);
    if (request.help) terminal.out(startHelp());
    else if (request.version) terminal.out(`${packageVersion()}\n`);
    else return await run(request, terminal, startedAtMs);
    return EXIT_CODES.ok;
  } catch (error) {
    const wire = toWireError(error);
    if (json) terminal.out(`${JSON.stringify({ error: wire })}\n`);
    else terminal.note(`grym: ${wire.message}\n  ${wire.remedy}\n`);
    if (wire.code === 'GRYM_INTERNAL' && error instanceof Error) terminal.note(`${error.stack ?? messageOf(error)}\n`);
    return exitCodeOf(wire);
  }
}

async function run(request: StartRequest, terminal: Terminal, startedAtMs: number): Promise<number> {
  const configuration = loadConfiguration({ environment: process.env, flags: request.settings, file: request.configurationFile });
  const interrupt = interruption();
  const running = await findRunningDaemon(configuration.paths.runtimeFolder);
  if (running !== null) return askRunningDaemon(running, request, terminal, interrupt.signal);

  // Lines of the log would tear the progress bar apart; problems are shown all the same.
  const level = terminal.live && !configuration.given.has('logLevel') ? 'warn' : configuration.logLevel;
  const daemon = await startDaemon(configuration, createLogger({ level, format: configuration.logFormat }));
  try {
    const root = findPackageRoot();
    if (!request.json) {
      const clipFolder = configuration.paths.clipFolder;
      const facts = { version: daemon.version, port: daemon.port, clipFolder, clipCount: daemon.library.count() };
      terminal.out(readyText({ ...facts, packageRoot: root, startMilliseconds: performance.now() - startedAtMs }));
    }
    if (request.prompt !== null) {
      const done = await makeClip(daemon, request, terminal, interrupt.signal);
      if (request.once) return done;
    }
    if (!request.json) terminal.out(pluginText(root) + nextStepsText(request.prompt !== null));
    await Promise.race([interrupt.fired, daemon.stopRequested]);
    if (!request.json) terminal.note('Stopping.\n');
    return EXIT_CODES.ok;
  } finally {
    await daemon.stop();
  }
}

async function askRunningDaemon(running: DaemonFile, request: StartRequest, terminal: Terminal, signal: AbortSignal): Promise<number> {
  if (request.prompt === null) throw new GrymError('GRYM_DAEMON_RUNNING', { processId: running.processId, port: running.port });
  if (!request.json) terminal.note(`A daemon runs already (process ${running.processId}); it makes the clip.\n`);
  const client = await connectTo(running, 'grym start');
  try {
    await askDaemon(client, generateAction, { prompt: request.prompt }, { terminal, json: request.json, signal });
    return EXIT_CODES.ok;
  } finally {
    await client.close();
  }
}

/** A failure is told; it ends the process only where there was nothing else to do. */
async function makeClip(daemon: RunningDaemon, request: StartRequest, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const progress = new ProgressLine(terminal);
  // A project that is open already is to get the clip, so its plugins may connect first.
  await firstBridge(daemon.bridges);
  try {
    const result = await daemon.actions.invoke(
      generateAction.name,
      { prompt: request.prompt },
      {
        signal,
        progress: request.json ? () => undefined : (fraction, stage) => progress.update(fraction, stage),
        caller: { surface: 'start', clientName: 'start', bridgeId: null },
      },
    );
    progress.end();
    terminal.out(request.json ? `${JSON.stringify(result)}\n` : present(generateAction, result));
    return EXIT_CODES.ok;
  } catch (error) {
    progress.end();
    if (request.once) throw error;
    const wire = toWireError(error);
    terminal.note(`grym: ${wire.message}\n  ${wire.remedy}\n`);
    return exitCodeOf(wire);
  }
}

function firstBridge(bridges: BridgeDirectory): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, FIRST_BRIDGE_MS);
    const stopListening = bridges.onConnected(done);
    if (bridges.list().some(({ connected }) => connected)) done();
    function done(): void {
      clearTimeout(timer);
      stopListening();
      resolve();
    }
  });
}

/**
 * The first SIGINT, SIGTERM or SIGHUP asks for the orderly stop, a later one does not wait for it. Under npm a Ctrl-C arrives twice at once:
 * from the terminal, and forwarded by npm.
 */
function interruption(): { readonly signal: AbortSignal; readonly fired: Promise<void> } {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && performance.now() - firstMs < SAME_INTERRUPT_MS) return;
    firstMs = performance.now();
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? EXIT_CODES.interrupted : 143);
    controller.abort(new GrymError('GRYM_CANCELLED', { what: 'stopped by the user' }));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The window was closed.
  process.on('SIGHUP', onSignal);
  return {
    signal: controller.signal,
    fired: new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true })),
  };
}

function isEntryPoint(): boolean {
  const entry = process.argv[1];
  return entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url);
}

if (isEntryPoint()) {
  // The stop has a deadline of its own; a part that is still busy then must not keep the process alive.
  process.exit(await runDaemon(process.argv.slice(2), 0));
}
