import { mkdirSync, renameSync, utimesSync, readdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineProcess } from '../support/process-lines.js';
import { PLUGIN_FOLDER } from '../support/paths.js';

const ARDOUR_LIBRARY_FOLDER = '/usr/lib/ardour7';
const START_DEADLINE_MS = 60_000;
const CHUNK_DEADLINE_MS = 60_000;
const QUIT_DEADLINE_MS = 15_000;

/** A headless Ardour with its own home, which runs the Lua chunks that a test sends. */
export class ArdourHost {
  private number = 1;

  private constructor(
    private readonly program: LineProcess,
    private readonly mailbox: string,
  ) {}

  /** Starts Ardour with the plugins of the build; `environment` is for the plugin (runtime folder of the daemon, …). */
  static async start(workFolder: string, environment: NodeJS.ProcessEnv): Promise<ArdourHost> {
    const home = join(workFolder, 'home');
    const mailbox = join(workFolder, 'mailbox');
    for (const folder of [join(home, '.config'), join(home, '.cache'), mailbox]) mkdirSync(folder, { recursive: true });
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...environment,
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_CACHE_HOME: join(home, '.cache'),
      LV2_PATH: `${join(PLUGIN_FOLDER, 'lv2')}:/usr/lib/lv2:${ARDOUR_LIBRARY_FOLDER}/LV2`,
      VST3_PATH: join(PLUGIN_FOLDER, 'vst3'),
      // Ardour 7.3's AVX512F mixing corrupts the heap during export in 10 to 25 % of runs without this.
      ARDOUR_FPU_FLAGS: '0',
    };
    scanVst3(env);
    const script = join(dirname(fileURLToPath(import.meta.url)), 'remote.lua');
    const program = new LineProcess('ardour7-lua', [script, mailbox], { env, cwd: workFolder });
    await program.waitForLine(/^GRYM 0 done/, START_DEADLINE_MS);
    return new ArdourHost(program, mailbox);
  }

  /** Runs a chunk; resolves with what it said. */
  async run(lua: string): Promise<string[]> {
    const { number } = this;
    this.number += 1;
    const from = this.program.lines.length;
    const path = join(this.mailbox, `${number}.lua`);
    writeFileSync(`${path}.part`, lua);
    renameSync(`${path}.part`, path);
    const last = await this.program.waitForLine(new RegExp(`^GRYM ${number} (done|failed)`), CHUNK_DEADLINE_MS, from);
    if (last.includes('failed')) throw new Error(`Ardour: ${last}`);
    const prefix = `GRYM ${number} `;
    return this.program.lines
      .slice(from)
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  }

  /** All that Ardour has printed, for the message of a failing test. */
  output(): string {
    return this.program.lines.join('\n');
  }

  /** Closes the session and lets the program end by itself; the exit code tells of a crash in the plugin's destructor. */
  async quit(): Promise<number | null> {
    await this.run('shared = {}\ncollectgarbage ()\nclose_session ()\nrunning = false').catch(() => undefined);
    const timer = setTimeout(() => void this.program.stop(), QUIT_DEADLINE_MS);
    const code = await this.program.exited;
    clearTimeout(timer);
    return code;
  }
}

/** Ardour reads only the scanner's cache, and ignores a cache that is older than the bundle. */
function scanVst3(env: NodeJS.ProcessEnv): void {
  const past = new Date(Date.now() - 120_000);
  const age = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) age(inside);
      utimesSync(inside, past, past);
    }
  };
  for (const entry of readdirSync(join(PLUGIN_FOLDER, 'vst3'), { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.endsWith('.vst3')) continue;
    const bundle = join(PLUGIN_FOLDER, 'vst3', entry.name);
    age(bundle);
    utimesSync(bundle, past, past);
    const scan = spawnSync(join(ARDOUR_LIBRARY_FOLDER, 'ardour-vst3-scanner'), ['-f', bundle], {
      env: {
        ...env,
        LD_LIBRARY_PATH: ARDOUR_LIBRARY_FOLDER,
        ARDOUR_DATA_PATH: '/usr/share/ardour7',
        ARDOUR_CONFIG_PATH: '/etc/ardour7',
        ARDOUR_DLL_PATH: ARDOUR_LIBRARY_FOLDER,
      },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (scan.status !== 0) throw new Error(`Ardour's VST3 scanner refused ${bundle}: ${scan.stdout}${scan.stderr}`);
  }
}
