import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../../daemon/kernel/index.js';

const PROGRAM = join(findPackageRoot(), 'build', 'tests', 'bin', 'segment-plugin-end');

/** Keeps this test file's segments apart from every other one's, also from a studio's that runs beside it. */
export const SEGMENT_PREFIX = `7e57${randomBytes(6).toString('hex')}`;
process.env['GRYM_SHM_PREFIX'] = SEGMENT_PREFIX;

/** A process that owns a segment as a plugin does, told line by line what to do. */
export class PluginEnd {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #ended: Promise<void>;

  constructor() {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not built: npm test builds it`);
    this.#child = spawn(PROGRAM, { env: { ...process.env, GRYM_SHM_PREFIX: SEGMENT_PREFIX } });
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', () => {
        resolve();
      });
    });
    this.#child.stdin.on('error', () => undefined); // it may have been killed
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${line}\n`);
    });
  }

  /** The new segment's name. */
  async create(sampleRate = 8_000, captureSeconds = 0.5, generation = 1): Promise<string> {
    const answer = await this.ask(`create ${sampleRate} ${captureSeconds} ${generation}`);
    if (answer.startsWith('problem')) throw new Error(answer);
    return answer.split(' ')[0] ?? '';
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async quit(): Promise<void> {
    this.#child.stdin.end('quit\n');
    await this.#ended;
  }
}

/** Asks again until the condition holds; the deadline is generous, because other tests share the computer. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, milliseconds = 10_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
