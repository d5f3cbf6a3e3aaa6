import { join } from 'node:path';
import { ClipIndex, ClipLibrary, createAudioWorkshop } from '../../../../daemon/audio/index.js';
import { createContext } from '../../../../daemon/context/index.js';
import { createLogger, systemClock, type JsonObject } from '../../../../daemon/kernel/index.js';
import { createProceduralGenerator } from '../../../../daemon/models/index.js';
import { FileBlobStore, openDatabase } from '../../../../daemon/storage/index.js';
import { createWorkflow, discoverSteps, type RunRecord, type Workflow } from '../../../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../../doubles/fake-bridge-directory.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { untilState } from '../workbench.js';
import { FakeCaptures } from './support/fake-captures.js';
import { clicks, tone } from './support/sounds.js';

/** The library's workflows on the real engine, executor, context, generator and workshop; only the host is a double. */
interface Studio {
  readonly library: ClipLibrary;
  readonly bridges: FakeBridgeDirectory;
  readonly captures: FakeCaptures;
  readonly workflow: Workflow;
  run(workflow: string, inputs: JsonObject, bridge?: string): Promise<RunRecord>;
  close(): Promise<void>;
}

const folder = temporaryFolders();
const catalogue = await discoverSteps();
let studio: Studio;

async function openStudio(): Promise<Studio> {
  const dataFolder = folder();
  const database = openDatabase(join(dataFolder, 'grym.sqlite'));
  const logger = createLogger({ level: 'silent', format: 'plain' });
  const clock = systemClock;
  const library = new ClipLibrary(new FileBlobStore(join(dataFolder, 'clips'), '.wav'), new ClipIndex(database), clock, logger);
  const { store: contexts } = createContext({ database, dataFolder, ruleFolder: null, clock, logger });
  const [bridges, captureSources, generator, workshop] = [
    new FakeBridgeDirectory(),
    new FakeCaptures(),
    createProceduralGenerator(),
    createAudioWorkshop(),
  ];
  bridges.connect('0a000000-0000-4000-8000-000000000001', 'Bass');
  // At 44.1 kHz 120 bpm: a bar is 88,200 frames; a note on each beat, another pitch for each.
  captureSources.sampleRate = 44_100;
  captureSources.end = 44_100 * 30;
  captureSources.captureFrames = 44_100 * 60;
  captureSources.roll(0, 0);
  captureSources.sampleAt = (frame) => {
    const beat = Math.floor(frame / 22_050);
    const since = (frame % 22_050) / 44_100;
    return 0.4 * Math.exp(-since * 5) * Math.sin(2 * Math.PI * 110 * 2 ** ([0, 3, 7, 5][beat % 4]! / 12) * since);
  };
  const { workflow } = createWorkflow({
    ...{ database, library, generator, bridges, contexts, catalogue, clock, logger, audio: { workshop, captureSources } },
    settings: {
      ...{
        sampleRate: 44_100,
        concurrentRuns: 1,
        maximumWaitingRuns: 8,
        generateDeadlineSeconds: 60,
        slotDeadlineSeconds: 5,
        finishedRunsKept: 100,
      },
      ...{ workflowFolder: null, workThreads: 0, workMemoryMegabytes: 0, cacheMegabytes: 4 },
    },
  });
  await workflow.start();
  return {
    ...{ library, bridges, workflow, captures: captureSources },
    run: (name, inputs, bridge) => workflow.run({ workflow: name, inputs, bridge, seed: 7 }).finished,
    close: async () => {
      await workflow.dispose();
      await contexts.dispose();
      await workshop.dispose();
      await generator.dispose();
      database.dispose();
    },
  };
}

beforeEach(async () => {
  studio = await openStudio();
});
afterEach(() => studio.close());

it('vary-what-i-played puts a variation of the last bars into a slot', async () => {
  const run = await studio.run('vary-what-i-played', { bridge: 'Bass', bars: 2, candidates: 2 }, 'Bass');
  expect(run.state).toBe('done');
  const { clip, played } = run.outputs as { clip: string; played: string };
  expect(studio.library.get(played)).toMatchObject({ provider: 'capture', bars: 2, tempoBpm: 120, frames: 176_400 });
  expect(studio.library.get(clip)).toMatchObject({ provider: 'workshop', bars: 2, tempoBpm: 120, frames: 176_400 });
  expect(studio.bridges.deliveries).toMatchObject([{ hash: clip }]);
  expect(run.explanation.join('\n')).toMatch(/from bar line to bar line[\s\S]*Variation of strength[\s\S]*Judged by/);
});

it('vary-what-i-played waits for a choice, and delivers what was chosen', async () => {
  const handle = studio.workflow.run({
    workflow: 'vary-what-i-played',
    inputs: { bridge: 'Bass', bars: 1, candidates: 2, audition: true },
    bridge: 'Bass',
    seed: 7,
  });
  const waiting = await untilState(studio.workflow, handle.runId, 'waiting-for-decision');
  const options = waiting.waitingFor?.kind === 'decision' ? waiting.waitingFor.options : [];
  expect(options.map(({ id }) => id)).toEqual(['1', '2', 'none']);
  studio.workflow.decide(handle.runId, undefined, ['2']);
  const run = await handle.finished;
  expect(run.outputs).toMatchObject({ clip: options[1]?.clip });
  expect(studio.bridges.deliveries).toMatchObject([{ hash: options[1]?.clip }]);
});

it('fill-the-gap goes on with what was played', async () => {
  const run = await studio.run('fill-the-gap', { bridge: 'Bass', heard: 2, bars: 1, candidates: 2 }, 'Bass');
  expect(run.state).toBe('done');
  expect(studio.library.get((run.outputs as { clip: string }).clip)).toMatchObject({ bars: 1, frames: 88_200 });
});

it('answer-phrase answers in the tempo of what was played', async () => {
  const run = await studio.run('answer-phrase', { bridge: 'Bass', prompt: 'warm bass', bars: 2, candidates: 1 }, 'Bass');
  expect(run.state).toBe('done');
  const clip = studio.library.get((run.outputs as { clip: string }).clip);
  expect(clip).toMatchObject({ tempoBpm: 120, bars: 2 });
  expect(clip.frames).toBe(Math.round((clip.sampleRate * 8 * 60) / 120));
});

it('answer-phrase without a prompt asks for something alike in words that the generator understands', async () => {
  const run = await studio.run('answer-phrase', { bridge: 'Bass', bars: 2, candidates: 1 }, 'Bass');
  expect(run.state).toBe('done');
  const told = run.explanation.join('\n');
  expect(told).not.toMatch(/not understood|No instrument was named/i);
  expect((run.outputs as { heard: string }).heard).toContain('tonal');
  // What was played is a low tone that decays.
  expect(told).toMatch(/instrument bass/);
});

it('clean-up-and-fit does what is asked for, and takes no target from the clip itself', async () => {
  const audio = clicks(128, 3.75);
  const { hash } = await studio.library.add(audio.samples, {
    ...{ name: 'clicks', prompt: '', seed: 0, provider: 'test', providerVersion: '1', instrument: 'clicks', key: null, loop: true },
    // The facts say half of what the measurement will.
    ...{ sampleRate: 48_000, channels: 2, frames: audio.samples.length / 2, tempoBpm: 64, metre: { numerator: 4, denominator: 4 } },
    ...{ bars: 1, quarterNotes: 4, loudnessLufs: -20, peakDbtp: -4 },
  });
  const run = await studio.run('clean-up-and-fit', { clip: hash, loudnessLufs: -18, loop: false });
  expect(run.state).toBe('done');
  const clip = studio.library.get((run.outputs as { clip: string }).clip);
  expect(clip).toMatchObject({ tempoBpm: 64, bars: 1, frames: audio.samples.length / 2, key: null });
  expect(clip.loudnessLufs).toBeCloseTo(-18, 0);
});

it('transcribe-and-tag-the-library tags without a transcription where that is left out, and is refused with it', async () => {
  const audio = tone(90, 2);
  const facts = { name: 'low', prompt: '', seed: 0, provider: 'test', providerVersion: '1', instrument: 'tone', key: null, loop: false };
  const size = {
    sampleRate: 48_000,
    channels: 2,
    frames: 96_000,
    tempoBpm: 120,
    metre: { numerator: 4, denominator: 4 },
    bars: 1,
    quarterNotes: 4,
  };
  const { hash } = await studio.library.add(audio.samples, { ...facts, ...size, loudnessLufs: -13, peakDbtp: -10 });
  expect(() => studio.workflow.run({ workflow: 'transcribe-and-tag-the-library', inputs: {} })).toThrow(
    expect.objectContaining({ code: 'GRYM_CAPABILITY_UNAVAILABLE' }) as Error,
  );
  const run = await studio.run('transcribe-and-tag-the-library', { transcribe: false });
  expect(run.outputs).toMatchObject({ count: 1, clips: [{ clip: hash }] });
  expect(studio.library.list({ text: 'dark' }).map((clip) => clip.hash)).toEqual([hash]);
});

it('a capture that cannot be had fails its run with what was there', async () => {
  studio.captures.end = 44_100;
  await expect(studio.run('fill-the-gap', { bridge: 'Bass', heard: 4 }, 'Bass')).rejects.toMatchObject({
    code: 'GRYM_CAPTURE_SHORT',
    message: expect.stringContaining('Asked for the last 8.0 s of the bridge Bass') as string,
  });
});
