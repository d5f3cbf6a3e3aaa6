import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { hostProcessFile } from '../../../../../daemon/models/hosts/host-child.js';
import { DaemonArena } from '../../../../../daemon/models/hosts/shared-arena.js';
import { loadSharedMemory } from '../../../../../daemon/models/hosts/shared-memory.js';
import { TEST_RUNNER } from './test-hosts.js';

/** The real host process, and a daemon's end that says whatever a test wants. */
export class RawHost {
  readonly messages: unknown[] = [];
  errors = '';
  private readonly arena = DaemonArena.create(loadSharedMemory());
  private readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;

  constructor(parentProcessId = process.pid) {
    this.child = fork(hostProcessFile(), [String(parentProcessId)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...this.arena.descriptors],
      execArgv: [],
      env: {},
    });
    this.child.on('message', (message) => this.messages.push(message));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.exited = once(this.child, 'exit');
  }

  async loaded(): Promise<void> {
    const settings = { modelId: 'raw', kind: 'clap', path: '/nowhere', threads: 1, remoteGraphs: {} };
    this.send({ type: 'load', ...settings, runnerModule: pathToFileURL(TEST_RUNNER).href });
    while (!this.messages.some((message) => (message as { type: string }).type === 'loaded')) await once(this.child, 'message');
  }

  send(message: object): void {
    this.child.send(message);
  }

  nextMessage(): Promise<unknown[]> {
    return once(this.child, 'message');
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
    this.arena.close();
  }
}
