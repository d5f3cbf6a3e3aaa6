import { spawn } from 'node:child_process';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { compiledProgram } from '../doubles/compiled-program.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';

const folder = temporaryFolders();
const CHILD = compiledProgram('test/daemon/storage/document-kill-child.ts');

interface Outcome {
  readonly found: number;
  readonly lastWritten: number;
  readonly killed: boolean;
  readonly output: string;
}

function runChild(path: string, count: number, failpoint: string): Promise<Outcome> {
  const child = spawn(process.execPath, [CHILD, path, String(count)], {
    cwd: findPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', GRYM_FAILPOINTS: failpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      const found = Number(/^found (\d+)$/m.exec(output)?.[1] ?? Number.NaN);
      const lastWritten = Number([...output.matchAll(/^written (\d+)$/gm)].at(-1)?.[1] ?? found);
      resolve({ found, lastWritten, killed: signal === 'SIGKILL', output });
    });
  });
}

test.each(['document.writing', 'document.written', 'document.kept', 'document.renamed'])(
  'killed at %s: the last version that was confirmed or the one after it is there, whole, again and again',
  async (name) => {
    const path = folder();
    let confirmed = 0;
    for (const pass of [1, 3, 6]) {
      const { found, lastWritten, killed, output } = await runChild(path, 10, `${name}=kill@${pass}`);
      expect(killed).toBe(true);
      expect(output).not.toContain('problem');
      expect([confirmed, confirmed + 1]).toContain(found);
      confirmed = lastWritten;
    }
    const last = await runChild(path, 1, '');
    expect([confirmed, confirmed + 1]).toContain(last.found);
    expect(last).toMatchObject({ killed: false, lastWritten: last.found + 1 });
    expect(last.output).not.toContain('problem');
  },
  120_000,
);
