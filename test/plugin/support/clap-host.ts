import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = process.cwd();
const OUTPUT_ROOT = process.env['GRYM_OUTPUT_ROOT'] ?? join(ROOT, 'build');
export const HOST_PROGRAM = join(OUTPUT_ROOT, 'tests', 'bin', 'clap-host');
export const CLAP_PLUGIN = join(OUTPUT_ROOT, 'plugins', 'clap', 'grym-bridge.clap');

/** The bridge plugin in the test host of test/native/clap-host, driven by its text commands. */
export class ClapHost {
  private readonly answers: ((line: string) => void)[] = [];
  private readonly ended: Promise<number | null>;
  readonly errors: string[] = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', (line) => this.answers.shift()?.(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.errors.push(line));
    this.ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** `launcher`: a program and its arguments that start the host. */
  static async start(environment: NodeJS.ProcessEnv, launcher: readonly string[] = []): Promise<ClapHost> {
    const [program = HOST_PROGRAM, ...words] = [...launcher, HOST_PROGRAM, CLAP_PLUGIN];
    const child = spawn(program, words, { env: { ...process.env, ...environment } });
    const host = new ClapHost(child);
    await host.answer('start');
    return host;
  }

  private async answer(command: string): Promise<string> {
    const line = await Promise.race([
      new Promise<string>((resolve) => this.answers.push(resolve)),
      this.ended.then((code) => `error the host ended with ${String(code)}: ${this.errors.join(' ')}`),
    ]);
    if (!line.startsWith('ok')) throw new Error(`${command}: ${line}`);
    return line.slice(3);
  }

  command(text: string): Promise<string> {
    const answer = this.answer(text);
    this.child.stdin.write(`${text}\n`);
    return answer;
  }

  async commands(...texts: string[]): Promise<void> {
    for (const text of texts) await this.command(text);
  }

  /** How many milliseconds the host took to let go of the plugin. */
  async quit(): Promise<number> {
    const started = performance.now();
    this.child.stdin.end('quit\n');
    const code = await this.ended;
    if (code !== 0) throw new Error(`the host ended with ${String(code)}: ${this.errors.join(' ')}`);
    return performance.now() - started;
  }

  async dispose(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** What the host wrote: left and right in turn. */
export function readRecording(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
}
