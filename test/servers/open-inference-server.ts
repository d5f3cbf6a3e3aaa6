import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../daemon/kernel/index.js';

/** Computes real graphs in a process of its own, and answers in binary form or, without the extension, as JSON. */
export class OpenInferenceServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
  ) {}

  /** `graphs`: file by name. */
  static async start(graphs: Readonly<Record<string, string>>, isBinary: boolean): Promise<OpenInferenceServer> {
    const program = join(findPackageRoot(), 'test', 'servers', 'open-inference-process.mjs');
    const child = spawn(process.execPath, [program, JSON.stringify({ graphs, isBinary })], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server of graphs ended with ${String(code)} before it listened`);
    });
    const [port] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string];
    ended.catch(() => undefined);
    return new OpenInferenceServer(child, `http://127.0.0.1:${port}`);
  }

  address(graph: string): string {
    return `${this.origin}/v2/models/${graph}`;
  }

  async dispose(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}
