import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LineProcess } from './process-lines.js';
import { ROOT } from './paths.js';
import { until } from './until.js';

const START_DEADLINE_MS = 20_000;

const bridgesSchema = z.object({
  bridges: z.array(
    z.object({
      bridgeId: z.string(),
      name: z.string(),
      host: z.string(),
      segmentProblem: z.string().nullable(),
      connected: z.boolean(),
      sampleRate: z.number(),
      transport: z.object({ playing: z.boolean(), songQuarters: z.number() }).nullable(),
      slots: z.array(z.object({ slot: z.number(), state: z.string(), hash: z.string().nullable(), playback: z.string() })),
    }),
  ),
});
export type TestBridge = z.infer<typeof bridgesSchema>['bridges'][number];

const generatedSchema = z.object({
  clip: z.object({ hash: z.string(), path: z.string(), frames: z.number(), sampleRate: z.number() }),
  target: z.object({ slot: z.number() }).nullable(),
});
export type TestClip = z.infer<typeof generatedSchema>['clip'];

/** The real daemon with folders of its own; its actions are called over HTTP as any stranger would. */
export class TestDaemon {
  private constructor(
    readonly program: LineProcess,
    readonly environment: NodeJS.ProcessEnv,
    private readonly address: string,
    private readonly token: string,
  ) {}

  /** The environment that makes a plugin or a daemon use folders below `workFolder`. */
  static environmentIn(workFolder: string): NodeJS.ProcessEnv {
    return {
      GRYM_RUNTIME_DIR: join(workFolder, 'runtime'),
      GRYM_DATA_DIR: join(workFolder, 'data'),
      XDG_CONFIG_HOME: join(workFolder, 'config'),
      GRYM_CAPTURE_SECONDS: '15',
    };
  }

  static async start(workFolder: string): Promise<TestDaemon> {
    const environment = TestDaemon.environmentIn(workFolder);
    mkdirSync(workFolder, { recursive: true });
    const program = new LineProcess(process.execPath, [join(ROOT, 'build', 'js', 'daemon', 'main.js')], {
      env: { ...process.env, ...environment },
      cwd: workFolder,
    });
    const file = join(workFolder, 'runtime', 'daemon.json');
    for (const end = Date.now() + START_DEADLINE_MS; ; await delay(25)) {
      const found = readDaemonFile(file, program.child.pid);
      if (found !== null) return new TestDaemon(program, environment, `http://127.0.0.1:${found.port}`, found.token);
      if (program.child.exitCode !== null || Date.now() > end) {
        await program.stop();
        throw new Error(`the daemon did not start:\n${program.lines.join('\n')}`);
      }
    }
  }

  async action(name: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.address}/api/actions/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify(params),
      signal: AbortSignal.timeout(30_000),
    });
    const answer: unknown = await response.json();
    const parsed = z.object({ result: z.record(z.string(), z.unknown()) }).safeParse(answer);
    if (!response.ok || !parsed.success) throw new Error(`${name}: ${response.status} ${JSON.stringify(answer)}`);
    return parsed.data.result;
  }

  async bridges(): Promise<TestBridge[]> {
    return bridgesSchema.parse(await this.action('list-bridges')).bridges.filter(({ connected }) => connected);
  }

  /** The first that is connected, or the one of that name. */
  async bridge(name?: string): Promise<TestBridge> {
    return await until(name ?? 'a connected bridge', 20_000, async () => {
      return (await this.bridges()).find((bridge) => name === undefined || bridge.name === name) ?? null;
    });
  }

  /** Makes a clip and waits until the bridge has it in its slot. */
  async generateInto(slot: number, prompt: string, seed: number, bridge?: string): Promise<TestClip> {
    const { clip, target } = generatedSchema.parse(
      await this.action('generate', { prompt, seed, slot, ...(bridge === undefined ? {} : { bridge }) }),
    );
    if (target?.slot !== slot) throw new Error(`the clip was not put into slot ${slot}`);
    return clip;
  }

  async waitForPlayback(slot: number, playback: 'stopped' | 'armed' | 'playing', bridge?: string): Promise<void> {
    await until(`slot ${slot} ${playback}`, 10_000, async () => {
      const found = (await this.bridge(bridge)).slots.find((candidate) => candidate.slot === slot);
      return found?.playback === playback ? true : null;
    });
  }

  async stop(): Promise<number | null> {
    return await this.program.stop();
  }
}

function readDaemonFile(path: string, processId: number | undefined): { port: number; token: string } | null {
  if (!existsSync(path)) return null;
  const facts: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof facts !== 'object' || facts === null) return null;
  const { port, tokenPath, processId: owner } = facts as Record<string, unknown>;
  if (typeof port !== 'number' || typeof tokenPath !== 'string' || owner !== processId) return null;
  return { port, token: readFileSync(tokenPath, 'utf8').trim() };
}
