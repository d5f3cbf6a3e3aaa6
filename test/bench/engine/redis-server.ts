import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

// Debian's package `redis-tools` holds the server's program under this name; it serves when it is called `redis-server`. The package
// of that name would start a service for the whole computer, which a bench has no right to.
const PROGRAM = 'redis-check-rdb';
const CALLED = 'redis-server';

/** A Redis server of our own on a Unix socket in `folder`, where every write is on the disk before it is answered. */
export class RedisServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly socketPath: string,
  ) {}

  static start(folder: string): Promise<RedisServer> {
    const socketPath = join(folder, 'redis.sock');
    const settings = { port: '0', unixsocket: socketPath, dir: folder, appendonly: 'yes', appendfsync: 'always', save: '' };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(PROGRAM, words, { argv0: CALLED, stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((resolve, reject) => {
      let output = '';
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (output.includes('ready to accept connections')) resolve(new RedisServer(child, socketPath));
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.kill('SIGTERM');
    });
  }
}
