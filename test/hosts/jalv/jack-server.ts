import { setTimeout as delay } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import { LineProcess } from '../support/process-lines.js';

/** A JACK server of the test's own, with the dummy driver: no sound device, real time. */
export class JackServer {
  readonly environment: NodeJS.ProcessEnv;

  private constructor(
    private readonly program: LineProcess,
    name: string,
  ) {
    this.environment = { ...process.env, JACK_DEFAULT_SERVER: name, JACK_NO_START_SERVER: '1' };
  }

  static async start(sampleRate: number, blockFrames: number): Promise<JackServer> {
    const name = `grym-${process.pid}-${Date.now()}`;
    const arguments_ = [
      '--no-realtime',
      '--no-mlock',
      '--sync',
      '--timeout',
      '5000',
      '-n',
      name,
      '-d',
      'dummy',
      '-r',
      String(sampleRate),
      '-p',
      String(blockFrames),
    ];
    const server = new JackServer(new LineProcess('jackd', arguments_, { env: { ...process.env, JACK_NO_AUDIO_RESERVATION: '1' } }), name);
    await server.waitForPorts(/^system:/m, 15_000);
    return server;
  }

  /** The ports there are, one a line. */
  ports(): string {
    return spawnSync('jack_lsp', [], { env: this.environment, encoding: 'utf8', timeout: 5_000 }).stdout;
  }

  async waitForPorts(pattern: RegExp, deadlineMs: number): Promise<string> {
    for (const end = Date.now() + deadlineMs; ; await delay(100)) {
      const ports = this.ports();
      if (pattern.test(ports)) return ports;
      if (Date.now() > end) throw new Error(`JACK has no port ${String(pattern)}:\n${ports}\n${this.program.lines.slice(-20).join('\n')}`);
    }
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}
