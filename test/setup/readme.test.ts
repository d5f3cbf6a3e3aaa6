import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject, projectRoot } from '../../scripts/setup/project.mjs';
import { listFiles } from '../../scripts/setup/stamps.mjs';

const readme = readFileSync(inProject('README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) => block!.trim().split('\n'));
const { scripts } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { scripts: Record<string, string> };

// A source that was edited since the last build is built first.
const TIMEOUT_MILLISECONDS = 300_000;

const WAV_PATH = /(\/\S+\.wav)/;

describe('the commands of the README', () => {
  let home: string;
  let daemon: ChildProcess | undefined;
  const environment = () => ({
    PATH: process.env['PATH'],
    HOME: home,
    GRYM_DATA_DIR: join(home, 'library'),
    GRYM_RUNTIME_DIR: join(home, 'runtime'),
    GRYM_PORT: '0',
    npm_config_update_notifier: 'false',
  });

  /** A group of its own, so that a Ctrl-C can be sent to npm and what it runs, as a terminal does. */
  const begin = (command: string) =>
    spawn('sh', ['-c', command], { cwd: projectRoot, env: environment(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });

  const collect = (child: ChildProcess) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return () => text;
  };

  const run = async (command: string) => {
    const child = begin(command);
    const text = collect(child);
    const [code] = (await once(child, 'close')) as [number];
    return { code, text: text() };
  };

  /** Resolves once the output matches; rejects with the output where the command ends before. */
  const untilSaid = (child: ChildProcess, pattern: RegExp) => {
    const text = collect(child);
    return new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', () => pattern.test(text()) && resolve(text()));
      child.once('close', (code) => reject(new Error(`ended with ${code}:\n${text()}`)));
    });
  };

  const interrupt = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.pid === undefined) return;
    const closed = once(child, 'close');
    process.kill(-child.pid, 'SIGINT');
    await closed;
  };

  const wavIn = (text: string) => {
    const path = WAV_PATH.exec(text)?.[1] ?? '';
    expect(path).toContain(join(home, 'library'));
    expect(readFileSync(path).subarray(0, 4).toString()).toMatch(/RIFF|RF64/);
  };

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'grym-readme-'));
  });
  afterAll(async () => {
    if (daemon) await interrupt(daemon);
    rmSync(home, { recursive: true, force: true });
  });

  const ofKind = (pattern: RegExp) => commands.filter((command) => pattern.test(command));
  const withPrompt = ofKind(/^npm start -- "/);
  const withOnce = ofKind(/^npm start -- --once "/);
  const plainStart = ofKind(/^npm start$/);
  const grym = ofKind(/^npx grym /);
  const runAsTheyAre = ofKind(/^npm run (install-plugin|build)( |$)/);
  // These would run this very test again, or what `npm test` has run before it.
  const onlyLookedAt = ofKind(/^npm (test( -- \S+)?|run check)$/);

  it('are all of a kind that is tried below', () => {
    const tried = [withPrompt, withOnce, plainStart, grym, runAsTheyAre, onlyLookedAt].flat();
    expect([...commands].sort()).toEqual(tried.sort());
    for (const kind of [withPrompt, withOnce, plainStart, grym, runAsTheyAre, onlyLookedAt]) expect(kind.length).toBeGreaterThan(0);
  });

  it.each(withOnce)(
    '%s',
    async (command) => {
      const { code, text } = await run(command);
      expect({ code, text }).toEqual({ code: 0, text });
      wavIn(text);
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each(withPrompt)(
    '%s',
    async (command) => {
      const child = begin(command);
      try {
        const text = await untilSaid(child, /npm run install-plugin/);
        wavIn(text);
        expect(text).toContain(join('build', 'plugins', 'vst3'));
      } finally {
        await interrupt(child);
      }
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each(plainStart)(
    '%s',
    async (command) => {
      daemon = begin(command);
      expect(await untilSaid(daemon, /Ctrl-C/)).toContain('is ready');
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each(grym)(
    '%s',
    async (command) => {
      const { code, text } = await run(command.replace('npx ', 'npx --no '));
      expect({ code, text }).toEqual({ code: 0, text });
      expect(text.trim()).not.toBe('');
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each(runAsTheyAre)(
    '%s',
    async (command) => {
      const { code, text } = await run(command);
      expect({ code, text }).toEqual({ code: 0, text });
      if (command === 'npm run install-plugin') expect(existsSync(join(home, '.clap', 'grym-bridge.clap'))).toBe(true);
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each(onlyLookedAt)('%s', (command) => {
    const name = /^npm (?:run )?(\S+)/.exec(command)![1]!;
    expect(scripts[name]).toBeDefined();
    const pattern = / -- (\S+)$/.exec(command)?.[1];
    const tests = listFiles(projectRoot, ['test'], (path) => path.endsWith('.test.ts'));
    if (pattern) expect(tests.some((file) => file.includes(pattern))).toBe(true);
  });
});

describe('the links of the README', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target!).filter((target) => !target.includes('://'));
  it.each(links)('%s leads somewhere', (target) => {
    expect(existsSync(inProject(target))).toBe(true);
  });
});
