import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPackageRoot, messageOf, type Logger, type Timers } from '../../kernel/index.js';
import { HOST_NICENESS } from './host-manners.js';
import { type HostOrder } from './host-messages.js';
import { LogLines } from './log-lines.js';

/** What SIGTERM is given before SIGKILL follows. */
const END_GRACE_MS = 1_000;

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
  readonly logger: Logger;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly onMessage: (message: unknown) => void;
}

/** The compiled process: beside this file in build/js, or there for a caller that runs from the sources. */
export function hostProcessFile(): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'host-process.js');
  return existsSync(beside) ? beside : join(findPackageRoot(), 'build/js/daemon/models/hosts/host-process.js');
}

/** What the daemon was started with is not for its hosts: options of Node, its inspector, its loaders. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, ...others } = process.env;
  return others;
}

/** One process of a model host, from its start to its end. It is bound to this one: when the daemon ends, however it ends, it ends too. */
export class HostChild {
  /** Never rejects. */
  readonly exited: Promise<HostExit>;
  private readonly child: ChildProcess;
  private readonly lines: LogLines;
  private hasExited = false;

  constructor(private readonly options: HostChildOptions) {
    const { file, descriptors, logger, nowMs, onMessage } = options;
    this.child = fork(file, [String(process.pid)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', ...descriptors],
      execArgv: [],
      env: environment(),
      serialization: 'json',
    });
    this.lines = new LogLines({ onLine: (line) => logger.info(line, { processId: this.processId }), nowMs });
    for (const stream of [this.child.stdout, this.child.stderr]) if (stream !== null) this.lines.listen(stream);
    this.child.on('message', onMessage);
    this.exited = this.watch();
    this.giveWay();
    this.hold(true);
  }

  get processId(): number | null {
    return this.child.pid ?? null;
  }

  /** What it wrote last; empty where nothing. */
  get lastLine(): string {
    return this.lines.last;
  }

  /** Is lost where the process has ended: then `exited` tells. */
  send(order: HostOrder): void {
    if (this.child.connected) this.child.send(order, () => undefined);
  }

  /** Whether the daemon stays alive for it. */
  hold(isHeld: boolean): void {
    if (isHeld) this.child.ref();
    else this.child.unref();
    if (isHeld) this.child.channel?.ref();
    else this.child.channel?.unref();
  }

  kill(): void {
    if (!this.hasExited) this.child.kill('SIGKILL');
  }

  /** Lets it put its model away; what has not ended a second later is killed. */
  async end(): Promise<HostExit> {
    if (!this.hasExited) this.child.kill('SIGTERM');
    const stop = this.options.timers.after(END_GRACE_MS, () => this.kill());
    const exit = await this.exited;
    stop();
    return exit;
  }

  private watch(): Promise<HostExit> {
    return new Promise((resolve) => {
      const settle = (exit: HostExit): void => {
        this.hasExited = true;
        resolve(exit);
      };
      this.child.on('exit', (code, signal) =>
        settle({ code, signal, words: signal === null ? `exit code ${code}` : `killed by ${signal}` }),
      );
      // Only a process that could not be started has no exit; other errors (a message that could not be sent) are followed by one.
      this.child.on('error', (error) => {
        if (this.child.pid === undefined) settle({ code: null, signal: null, words: `it could not be started (${messageOf(error)})` });
      });
    });
  }

  /** Before its first threads are there; the process does the same for those that are (host-manners.ts). */
  private giveWay(): void {
    try {
      if (this.child.pid !== undefined) setPriority(this.child.pid, HOST_NICENESS);
    } catch {
      // It has ended already, which is told by `exited`.
    }
  }
}
