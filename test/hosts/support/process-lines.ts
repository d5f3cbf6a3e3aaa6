import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A child process whose output is kept as lines and can be waited for. */
export class LineProcess {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  private readonly watchers = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = spawn(command, [...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        for (const watcher of this.watchers) watcher();
      });
    }
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.lines.push(`could not start ${command}: ${error.message}`);
        resolve(-1);
      });
      this.child.once('exit', (code) => {
        resolve(code);
      });
    });
    void this.exited.then(() => {
      for (const watcher of this.watchers) watcher();
    });
  }

  /** Resolves with the first line at or after `from` that matches; rejects at the deadline or when the process ends first. */
  async waitForLine(pattern: RegExp, deadlineMs: number, from = 0): Promise<string> {
    return await new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
        act();
      };
      const look = (): void => {
        const line = this.lines.slice(from).find((candidate) => pattern.test(candidate));
        if (line !== undefined)
          finish(() => {
            resolve(line);
          });
        else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          finish(() => {
            reject(this.failure(`ended before ${String(pattern)} was seen`));
          });
        }
      };
      const timer = setTimeout(() => {
        finish(() => {
          reject(this.failure(`${String(pattern)} not seen in ${deadlineMs} ms`));
        });
      }, deadlineMs);
      this.watchers.add(look);
      look();
    });
  }

  private failure(what: string): Error {
    return new Error(`${this.child.spawnfile}: ${what}; last lines:\n${this.lines.slice(-25).join('\n')}`);
  }

  /** Ends the process: asks, then kills. */
  async stop(deadlineMs = 5_000): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return await this.exited;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), deadlineMs);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }
}
