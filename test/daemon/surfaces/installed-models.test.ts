import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../../../scripts/setup/project.mjs';
import { grym, type CommandOutcome } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';

const fixture = (name: string): string => inProject('test', 'fixtures', 'models', name);

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.end());

const run = (...words: string[]): Promise<CommandOutcome> => grym(daemon.environment, words);
const json = async (...words: string[]): Promise<Record<string, never>> => {
  const { code, out, note } = await run(...words, '--json');
  if (code !== 0) throw new Error(`${words.join(' ')}: ${out}${note}`);
  return JSON.parse(out) as Record<string, never>;
};
const madeBy = async (...words: string[]): Promise<{ provider: string; explanation: string[] }> => {
  const { clip, explanation } = (await json('generate', 'dark bass, 120 bpm, 1 bar', ...words)) as unknown as {
    clip: { provider: string };
    explanation: string[];
  };
  return { provider: clip.provider, explanation };
};
const providersOf = async (capability: string): Promise<string[]> => {
  const { capabilities } = (await json('list-providers')) as unknown as {
    capabilities: { capability: string; providers: { provider: string }[] }[];
  };
  return capabilities.find((entry) => entry.capability === capability)?.providers.map(({ provider }) => provider) ?? [];
};

// One session, as a producer has it: each test goes on where the one before ended.
describe('with models that are installed while the daemon runs', () => {
  test('what cannot be done without a model says how to get one', async () => {
    const { code, note } = await run('workflow', 'run', 'transcribe-and-tag-the-library');
    expect(code).toBe(1);
    expect(note).toContain('a wav2vec2 model (grym models pull wav2vec2-base-960h)');
  });

  test('a model that was added does the work from the next request on, and says so', async () => {
    expect((await madeBy()).provider).toBe('procedural');
    for (const name of ['audioldm-mini', 'clap-mini', 'wav2vec2-mini']) await json('models', 'add', fixture(name), '--licence', 'MIT');
    const { provider, explanation } = await madeBy('--seed', '4', '--diffusion-steps', '2', '--negative-prompt', 'noise');
    expect(provider).toBe('audioldm-mini');
    expect(explanation.join('\n')).toMatch(/Made by the model audioldm-mini[^]*2 steps, guidance 2.5 away from “noise”[^]*seed 4/);
  });

  test('several candidates are ordered by the model that knows words', async () => {
    const { explanation } = await madeBy('--seed', '4', '--diffusion-steps', '2', '--candidates', '2');
    expect(explanation.join('\n')).toMatch(/Near to the words by 0\.\d+, as clap-mini hears it\./);
  });

  test('the library is written down and tagged', async () => {
    await json('workflow', 'run', 'transcribe-and-tag-the-library', 'limit=1');
    const { steps } = (await json('show-run', 'last')) as unknown as { steps: { step: string; provider: string; state: string }[] };
    expect(steps.find(({ step }) => step === 'transcribe')).toMatchObject({ state: 'done', provider: 'wav2vec2-mini' });
  });

  test('status shows the processes in which models run, and how late the event loop was', async () => {
    const { models, eventLoop } = (await json('status')) as unknown as {
      models: { modelId: string; state: string; processId: number; tasksDone: number }[];
      eventLoop: { sinceStart: { p99Ms: number } };
    };
    expect(models.map(({ modelId }) => modelId).sort()).toEqual(['audioldm-mini', 'clap-mini', 'wav2vec2-mini']);
    expect(models.every(({ state, processId, tasksDone }) => state === 'idle' && processId !== process.pid && tasksDone > 0)).toBe(true);
    expect(eventLoop.sinceStart.p99Ms).toBeGreaterThanOrEqual(0);
  });

  test('whoever is preferred goes first, and over a restart', async () => {
    expect(await providersOf('generate.audio.from-text')).toEqual(['audioldm-mini', 'procedural']);
    await json('prefer-provider', 'generate.audio.from-text', 'procedural');
    expect((await madeBy()).provider).toBe('procedural');
    daemon = await daemon.restart();
    expect(await providersOf('generate.audio.from-text')).toEqual(['procedural', 'audioldm-mini']);
    await json('prefer-provider', 'generate.audio.from-text');
    expect((await run('prefer-provider', 'generate.audio.from-text', 'nobody')).note).toContain(
      '"nobody" does not provide generate.audio.from-text. Those who do are audioldm-mini, procedural.',
    );
  });

  test('a model whose files are broken gives way to what is built in, and the run says why', async () => {
    const folder = join(daemon.configuration.modelFolder, 'audioldm-mini');
    // The same length, so that only loading it shows.
    cpSync(join(folder, 'unet', 'config.json'), join(folder, 'unet', 'config.json.whole'));
    const { writeFileSync, readFileSync, rmSync } = await import('node:fs');
    const whole = readFileSync(join(folder, 'unet', 'config.json'));
    rmSync(join(folder, 'unet', 'config.json.whole'));
    writeFileSync(join(folder, 'unet', 'config.json'), Buffer.alloc(whole.length, '{'));
    const { provider } = await madeBy('--seed', '11');
    expect(provider).toBe('procedural');
    const { run: shown, steps } = (await json('show-run', 'last')) as unknown as {
      run: { state: string };
      steps: { step: string; tried: { provider: string; words: string }[] }[];
    };
    expect(shown.state).toBe('done');
    expect(steps.find(({ step }) => step === 'generate')?.tried[0]).toMatchObject({ provider: 'audioldm-mini' });
    expect(steps.find(({ step }) => step === 'generate')?.tried[0]?.words).toContain('unet/config.json');
    writeFileSync(join(folder, 'unet', 'config.json'), whole);
  });

  test('a model that was removed leaves no trace among the providers', async () => {
    await json('models', 'remove', 'audioldm-mini');
    expect(await providersOf('generate.audio.from-text')).toEqual(['procedural']);
    expect((await madeBy('--seed', '12')).provider).toBe('procedural');
  });
});
