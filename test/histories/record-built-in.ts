import type { ClipLibrary } from '../../daemon/audio/index.js';
import { isGrymError, type JsonObject } from '../../daemon/kernel/index.js';
import { createProceduralGenerator } from '../../daemon/models/index.js';
import type { Workflow } from '../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../daemon/doubles/fake-bridge-directory.js';
import { openCampaignBench } from '../daemon/workflow/campaign-steps/campaign-bench.js';
import { FakeCaptures } from '../daemon/workflow/steps/support/fake-captures.js';
import { clicks } from '../daemon/workflow/steps/support/sounds.js';
import { BRIDGE_A } from '../daemon/workflow/workbench.js';
import type { RecordedHistory } from './recorded.js';

const SEED = 7;
const SAMPLE_RATE = 44_100;
const FRAMES_PER_BEAT = SAMPLE_RATE / 2;

interface Example {
  readonly name: string;
  readonly about: string;
  readonly inputs: (clip: string) => JsonObject;
  readonly bridge?: string;
  /** What is answered where the run asks. */
  readonly answer?: string;
  /** The example is that the run fails. */
  readonly fails?: boolean;
}

/** By the workflow's name; a built-in one without an example is a mistake. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  generate: [
    { name: 'generate-success', about: 'A prompt to the library.', inputs: () => ({ prompt: 'dark bass loop, 120 bpm, 1 bar, A minor' }) },
    {
      name: 'generate-slot-success',
      about: 'A prompt to a slot.',
      inputs: () => ({ prompt: 'bright lead, 1 bar', slot: 3 }),
      bridge: 'Bass',
    },
    { name: 'generate-failure', about: 'A prompt of blanks.', inputs: () => ({ prompt: ' ' }), fails: true },
  ],
  ask: [
    {
      name: 'ask-success',
      about: 'A request in words, planned by the templates and carried out.',
      inputs: () => ({ request: 'dark bass, 110 bpm, 1 bar' }),
    },
    {
      name: 'ask-decision',
      about: 'A plan that was shown before it was carried out.',
      inputs: () => ({ request: 'bright lead, 1 bar', review: true }),
      answer: 'run',
    },
    { name: 'ask-failure', about: 'A request for which there is no plan.', inputs: () => ({ request: 'clean this up' }), fails: true },
  ],
  plan: [{ name: 'plan-only-success', about: 'A plan that nobody carries out.', inputs: () => ({ request: 'warm pad, 1 bar' }) }],
  'vary-what-i-played': [
    {
      name: 'vary-what-i-played-success',
      about: 'Two variations of the last bar, the better one to a slot.',
      inputs: () => ({ bridge: 'Bass', bars: 1, candidates: 2, slot: 0 }),
      bridge: 'Bass',
    },
    {
      name: 'vary-what-i-played-decision',
      about: 'Two variations, of which a person chose.',
      inputs: () => ({ bridge: 'Bass', bars: 1, candidates: 2, slot: 1, audition: true }),
      bridge: 'Bass',
      answer: '2',
    },
    {
      name: 'vary-what-i-played-loop',
      about: 'Variations that are never alike enough: three passes.',
      inputs: () => ({ bridge: 'Bass', bars: 1, candidates: 1, slot: 2, strength: 1, similarity: 1 }),
      bridge: 'Bass',
    },
  ],
  'fill-the-gap': [
    {
      name: 'fill-the-gap-success',
      about: 'Goes on with what was played.',
      inputs: () => ({ bridge: 'Bass', heard: 1, bars: 1, candidates: 2, slot: 4 }),
      bridge: 'Bass',
    },
    {
      name: 'fill-the-gap-failure',
      about: 'More is to be listened to than was recorded.',
      inputs: () => ({ bridge: 'Bass', heard: 64 }),
      bridge: 'Bass',
      fails: true,
    },
  ],
  'answer-phrase': [
    {
      name: 'answer-phrase-success',
      about: 'An answer to the last bar.',
      inputs: () => ({ bridge: 'Bass', prompt: 'warm bass', bars: 1, candidates: 2, slot: 5 }),
      bridge: 'Bass',
    },
  ],
  'clean-up-and-fit': [
    {
      name: 'clean-up-and-fit-success',
      about: 'A clip brought to another tempo and loudness.',
      inputs: (clip) => ({ clip, tempoBpm: 110, loudnessLufs: -18, loop: false }),
    },
  ],
  'transcribe-and-tag-the-library': [
    {
      name: 'transcribe-and-tag-the-library-success',
      about: 'Clips tagged without a transcription.',
      inputs: () => ({ transcribe: false }),
    },
  ],
};

/** A track at 120 bpm with a note on each beat. */
function playing(): FakeCaptures {
  const captures = new FakeCaptures();
  captures.sampleRate = SAMPLE_RATE;
  captures.end = SAMPLE_RATE * 30;
  captures.captureFrames = SAMPLE_RATE * 60;
  captures.roll(0, 0);
  captures.sampleAt = (frame) => {
    const since = (frame % FRAMES_PER_BEAT) / SAMPLE_RATE;
    const semitones = [0, 3, 7, 5][Math.floor(frame / FRAMES_PER_BEAT) % 4] ?? 0;
    return 0.4 * Math.exp(-since * 5) * Math.sin(2 * Math.PI * 110 * 2 ** (semitones / 12) * since);
  };
  return captures;
}

async function addClip(library: ClipLibrary): Promise<string> {
  const { samples, sampleRate } = clicks(128, 3.75);
  const { hash } = await library.add(samples, {
    ...{ name: 'clicks', prompt: '', seed: 0, provider: 'test', providerVersion: '1', instrument: 'clicks', key: null, loop: true },
    ...{ sampleRate, channels: 2, frames: samples.length / 2, tempoBpm: 128, metre: { numerator: 4, denominator: 4 } },
    ...{ bars: 2, quarterNotes: 8, loudnessLufs: -20, peakDbtp: -4 },
  });
  return hash;
}

async function record(workflow: Workflow, name: string, example: Example, clip: string): Promise<RecordedHistory> {
  const { about, inputs, bridge, answer, fails = false } = example;
  const handle = workflow.run({ workflow: name, inputs: inputs(clip), bridge, seed: SEED });
  handle.finished.catch(() => undefined);
  const settled = await handle.settled.catch((error: unknown) => {
    if (!fails || !isGrymError(error)) throw error;
  });
  if (settled?.waitingFor?.kind === 'decision' && answer !== undefined) workflow.decide(handle.runId, undefined, [answer]);
  const state = await handle.finished.then(
    (run) => run.state,
    () => 'failed',
  );
  if (state !== (fails ? 'failed' : 'done')) throw new Error(`${example.name} is ${state}`);
  return { about, history: workflow.history(handle.runId) };
}

/** Real runs of the library on the real generator and workshop; only the host is a double. */
export async function recordBuiltIn(folder: string): Promise<Map<string, RecordedHistory>> {
  const bridges = new FakeBridgeDirectory();
  bridges.connect(BRIDGE_A, 'Bass');
  const generator = createProceduralGenerator();
  const bench = await openCampaignBench(folder, { bridges, generator, captureSources: playing(), workflowFolder: null });
  try {
    await bench.start();
    const clip = await addClip(bench.library);
    const recorded = new Map<string, RecordedHistory>();
    for (const { name } of bench.workflow.workflows()) {
      const examples = EXAMPLES[name];
      if (examples === undefined) throw new Error(`the built-in workflow ${name} has no example in ${import.meta.filename}`);
      for (const example of examples) recorded.set(example.name, await record(bench.workflow, name, example, clip));
    }
    return recorded;
  } finally {
    await bench.close();
    await generator.dispose();
  }
}
