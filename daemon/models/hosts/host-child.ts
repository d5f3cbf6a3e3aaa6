import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPackageRoot, messageOf, type Logger, type Timers } from '../../kernel/index.js';
import { HOST_NICENESS } from './host-manners.js';
import { type HostOrder } from './host-messages.js';
import { LineChannel } from './line-channel.js';
import { LogLines } from './log-lines.js';
import type { SharedMemory, SpawnedProcess } from './shared-memory.js';

/** What SIGTERM is given before SIGKILL follows. */
const END_GRACE_MS = 1_000;
/** Between the end of its channel and the end of the process itself; then it is killed. */
const EXIT_GRACE_MS = 500;
const REAP_MS = 2;
const CHANNEL_DESCRIPTOR = 3;

/** How a process ended. */
export interface HostExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** "killed by SIGKILL", "exit code 1". */
  readonly words: string;
}

export interface HostChildOptions {
  readonly file: string;
  readonly descriptors: readonly [request: number, reply: number];
  readonly memory: Pick<SharedMemory, 'spawn' | 'reap'>;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly onMessage: (message: unknown) => void;
  readonly onNonsense: (reason: string) => void;
}

/** The compiled process: beside this file in build/js, or there for a caller that runs from the sources. */
export function hostProcessFile(): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'host-process.js');
  return existsSync(beside) ? beside : join(findPackageRoot(), 'build/js/daemon/models/hosts/host-process.js');
}

/** What the daemon was started with is not for its hosts: options of Node, its inspector, its loaders. */
function environment(): string[] {
  const { NODE_OPTIONS: _options, NODE_CHANNEL_SERIALIZATION_MODE: _mode, ...others } = process.env;
  const all: NodeJS.ProcessEnv = { ...others, NODE_CHANNEL_FD: String(CHANNEL_DESCRIPTOR) };
  return Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** One process of a model host, from its start to its end. It is bound to this one: when the daemon ends, however it ends, it ends too. */
export class HostChild {
  /** Never rejects. */
  readonly exited: Promise<HostExit>;
  private readonly lines: LogLines;
  private spawned: SpawnedProcess | null = null;
  private channel: LineChannel | null = null;
  private output: Socket | null = null;
  private isHeld = true;
  private hasExited = false;
  /** What came before the process was there. */
  private wantedSignal: 'SIGKILL' | 'SIGTERM' | null = null;

  constructor(private readonly options: HostChildOptions) {
    const { logger, nowMs } = options;
    this.lines = new LogLines({ onLine: (line) => logger.info(line, { processId: this.processId }), nowMs });
    this.exited = this.live();
  }

  get processId(): number | null {
    return this.spawned?.processId ?? null;
  }

  /** What it wrote last; empty where nothing. */
  get lastLine(): string {
    return this.lines.last;
  }

  /** For a process that has sent a message. Is lost where it has ended: then `exited` tells. */
  send(order: HostOrder): void {
    this.channel?.send(order);
  }

  /** Whether the daemon stays alive for it. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.channel?.hold(isHeld);
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /** Lets it put its model away; what has not ended a second later is killed. */
  async end(): Promise<HostExit> {
    this.signal('SIGTERM');
    const stop = this.options.timers.after(END_GRACE_MS, () => this.kill());
    const exit = await this.exited;
    stop();
    return exit;
  }

  private async live(): Promise<HostExit> {
    let exit: HostExit;
    try {
      const spawned = await this.spawn();
      await this.converse(spawned);
      exit = await this.reap(spawned.processId);
    } catch (error) {
      exit = { code: null, signal: null, words: `it could not be started (${messageOf(error)})` };
    }
    this.hasExited = true;
    return exit;
  }

  private async spawn(): Promise<SpawnedProcess> {
    const { memory, file, descriptors } = this.options;
    const spawned = await memory.spawn([process.execPath, file, String(process.pid)], environment(), descriptors);
    this.spawned = spawned;
    this.giveWay(spawned.processId);
    if (this.wantedSignal !== null) this.signal(this.wantedSignal);
    return spawned;
  }

  /** Until the process closes its end of the channel. */
  private converse({ channel, output }: SpawnedProcess): Promise<void> {
    const { onMessage, onNonsense } = this.options;
    this.output = new Socket({ fd: output, readable: true, writable: false });
    this.output.unref();
    this.lines.listen(this.output);
    return new Promise((resolve) => {
      this.channel = new LineChannel(channel, { onMessage, onNonsense, onClose: resolve });
      this.channel.hold(this.isHeld);
    });
  }

  private reap(processId: number): Promise<HostExit> {
    const { memory } = this.options;
    const endMs = performance.now() + EXIT_GRACE_MS;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const ending = memory.reap(processId);
          if (ending === null) {
            if (performance.now() > endMs) this.kill();
            setTimeout(look, REAP_MS);
            return;
          }
          this.hasExited = true; // its number may be another's from now on
          const { code, signal } = ending;
          if (signal === 0) resolve({ code, signal: null, words: `exit code ${code}` });
          else resolve({ code: null, signal: signalName(signal), words: `killed by ${signalName(signal)}` });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(messageOf(error)));
        }
      };
      look();
    });
  }

  private signal(signal: 'SIGKILL' | 'SIGTERM'): void {
    if (this.hasExited) return;
    if (this.spawned === null) {
      this.wantedSignal = this.wantedSignal === 'SIGKILL' ? 'SIGKILL' : signal;
      return;
    }
    try {
      process.kill(this.spawned.processId, signal);
    } catch (error) {
      this.options.logger.error('The process of a model could not be ended', { error });
    }
  }

  /** Before its first threads are there; the process does the same for those that are (host-manners.ts). */
  private giveWay(processId: number): void {
    try {
      setPriority(processId, HOST_NICENESS);
    } catch {
      // It has ended already, which is told by `exited`.
    }
  }
}
