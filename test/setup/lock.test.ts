import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFile } from '../../scripts/setup/lock.mjs';
import { inProject } from '../../scripts/setup/project.mjs';

describe('the lock of a set-up', () => {
  let folder: string;
  const isFree = (path: string) => spawnSync('flock', ['-n', path, 'true']).status === 0;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a second set-up wait, and says so once', async () => {
    const path = join(folder, 'lock');
    const first = await lockFile(path);
    let waits = 0;
    const order: string[] = [];
    const second = lockFile(path, () => (waits += 1)).then((lock) => {
      order.push('second has it');
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    order.push('first gives it back');
    first.release();
    (await second).release();
    expect(order).toEqual(['first gives it back', 'second has it']);
    expect(waits).toBe(1);
  });

  it('outlives a set-up that is killed while a build command goes on, and no longer', async () => {
    const path = join(folder, 'lock');
    const program = `
      import { spawn } from 'node:child_process';
      const { lockFile } = await import(${JSON.stringify(inProject('scripts', 'setup', 'lock.mjs'))});
      const lock = await lockFile(${JSON.stringify(path)});
      const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock.descriptor], detached: true });
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(holder.stdout, 'data')) as [Buffer];
    holder.kill('SIGKILL');
    await once(holder, 'close');
    expect(isFree(path)).toBe(false);
    process.kill(Number(output.toString()), 'SIGKILL');
    while (!isFree(path)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});
