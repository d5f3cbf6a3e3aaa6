import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import type { DaemonFile } from '../../../daemon/surfaces/access/index.js';

const MAIN = join(findPackageRoot(), 'build', 'js', 'daemon', 'main.js');
const READY_DEADLINE_MS = 20_000;

export interface Folders {
  readonly root: string;
  readonly data: string;
  readonly runtime: string;
  readonly environment: Record<string, string>;
}

export function makeFolders(): Folders {
  const root = mkdtempSync(join(tmpdir(), 'grym-fault-'));
  const data = join(root, 'data');
  const runtime = join(root, 'run');
  return {
    root,
    data,
    runtime,
    environment: { HOME: root, GRYM_DATA_DIR: data, GRYM_RUNTIME_DIR: runtime, GRYM_PORT: '0', GRYM_LOG_LEVEL: 'warn' },
  };
}

export function removeFolders(folders: Folders): void {
  rmSync(folders.root, { recursive: true, force: true });
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built daemon as a process of its own. */
export class DaemonProcess {
  out = '';
  note = '';
  readonly exited: Promise<Exit>;

  private constructor(
    readonly child: ChildProcess,
    private readonly runtime: string,
  ) {
    child.stdout?.on('data', (data: Buffer) => (this.out += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (this.note += data.toString()));
    this.exited = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? signal : null,
    }));
  }

  /** Starts it and does not wait. */
  static spawn(folders: Folders, args: readonly string[] = [], environment: Record<string, string> = {}): DaemonProcess {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...folders.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new DaemonProcess(child, folders.runtime);
  }

  /** Starts it and waits until it can be asked. */
  static async start(folders: Folders, args: readonly string[] = [], environment: Record<string, string> = {}): Promise<DaemonProcess> {
    const daemon = DaemonProcess.spawn(folders, args, environment);
    await daemon.ready();
    return daemon;
  }

  get processId(): number {
    return this.child.pid ?? 0;
  }

  async ready(): Promise<DaemonFile> {
    const end = Date.now() + READY_DEADLINE_MS;
    while (Date.now() < end) {
      const file = this.file();
      if (file?.processId === this.processId) return file;
      if (this.child.exitCode !== null || this.child.signalCode !== null) break;
      await wait(5);
    }
    throw new Error(`the daemon did not get ready:\n${this.out}${this.note}`);
  }

  file(): DaemonFile | null {
    const path = join(this.runtime, 'daemon.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DaemonFile) : null;
  }

  get port(): number {
    return this.file()?.port ?? 0;
  }

  get token(): string {
    return readFileSync(this.file()?.tokenPath ?? '', 'utf8').trim();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.child.kill(signal);
    return this.exited;
  }
}
