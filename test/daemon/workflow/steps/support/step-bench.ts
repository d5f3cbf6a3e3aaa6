import { join } from 'node:path';
import {
  ClipIndex,
  ClipLibrary,
  createAudioWorkshop,
  type AudioBuffer,
  type AudioWorkshop,
  type Clip,
  type ClipFacts,
} from '../../../../../daemon/audio/index.js';
import { createLogger, systemClock, type Clock, type JsonObject, type JsonValue } from '../../../../../daemon/kernel/index.js';
import { FileBlobStore, openDatabase, type Database } from '../../../../../daemon/storage/index.js';
import {
  discoverSteps,
  type AnyStepDefinition,
  type StepCatalogue,
  type StepIo,
  type StepOutcome,
} from '../../../../../daemon/workflow/catalogue/index.js';
import {
  createAudioStepServices,
  type AudioStepParts,
  type AudioStepServices,
} from '../../../../../daemon/workflow/steps/shared/services.js';
import { FakeBridgeDirectory } from '../../../doubles/fake-bridge-directory.js';
import { FakeCaptures } from './fake-captures.js';

export interface StepBench {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly services: AudioStepServices;
  readonly bridges: FakeBridgeDirectory;
  readonly captures: FakeCaptures;
  readonly catalogue: StepCatalogue;
  readonly workshop: AudioWorkshop;
  file(audio: AudioBuffer, facts?: Partial<ClipFacts>): Promise<Clip>;
  step(name: string): AnyStepDefinition;
  /** Prepares, runs and commits as the engine does, with input and output checked by the step's schemas. */
  run(name: string, params: JsonObject, io?: Partial<StepIo<JsonValue>>): Promise<Done>;
  /** Only the attempt: for what is not done, and for what was prepared before. */
  attempt(name: string, params: JsonObject, io?: Partial<StepIo<JsonValue>>): Promise<StepOutcome<JsonValue>>;
  prepare(name: string, params: JsonObject): JsonValue;
  close(): Promise<void>;
}

/** Fields of the outputs of all steps: each step has a few of them, as its schema has checked. */
export interface SomeOutput {
  readonly clip: string;
  readonly clips: readonly string[];
  readonly name: string;
  readonly prompt: string;
  readonly seconds: number;
  readonly bars: number;
  readonly tempoBpm: number;
  readonly tempoConfidence: number;
  readonly key: string;
  readonly keyConfidence: number;
  readonly onsetsPerSecond: number;
  readonly beatSeconds: readonly number[];
  readonly chords: readonly unknown[];
  readonly loudnessLufs: number;
  readonly peakDbtp: number;
  readonly brightnessHz: number;
  readonly spectralBalance: { readonly middle: number };
  readonly energy: number;
  readonly complexity: number;
  readonly semitones: number;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  readonly tags: readonly string[];
  readonly reasons: readonly { readonly word: string; readonly reason: string }[];
  readonly provider: string;
  readonly space: string;
  readonly vector: readonly number[];
  readonly files: readonly [ExportedClip, ...ExportedClip[]];
  /** As many as the test has asked for. */
  readonly ranked: readonly [RankedClip, RankedClip, RankedClip];
  readonly best: string;
  readonly score: number;
  readonly similarity: number;
  readonly workflow: string;
  readonly inputs: JsonObject;
  readonly document: string;
  readonly params: JsonObject;
  readonly trace: readonly unknown[];
}

export interface ExportedClip {
  readonly clip: string;
  readonly path: string;
  readonly bytes: number;
  readonly existed: boolean;
}

export interface RankedClip {
  readonly clip: string;
  readonly score: number;
  readonly parts: { readonly tempo: number; readonly key: number; readonly similarity: number; readonly prompt: number };
  readonly reasons: readonly string[];
}

export interface Done {
  readonly output: SomeOutput;
  readonly items: readonly {
    readonly field: string;
    readonly value: JsonValue;
    readonly rank: string;
    readonly confidence?: number | undefined;
  }[];
  readonly explanation: readonly string[];
}

const catalogue = discoverSteps();

export async function openStepBench(folder: string, overrides: Partial<AudioStepParts> & { clock?: Clock } = {}): Promise<StepBench> {
  const database = openDatabase(join(folder, 'grym.sqlite'));
  const clock = overrides.clock ?? systemClock;
  const logger = createLogger({ level: 'silent', format: 'plain' });
  const library = new ClipLibrary(new FileBlobStore(join(folder, 'clips'), '.wav'), new ClipIndex(database), clock, logger);
  const bridges = new FakeBridgeDirectory();
  const captures = new FakeCaptures();
  const workshop = overrides.workshop ?? createAudioWorkshop();
  const services = createAudioStepServices({
    ...{ database, library, bridges, workshop, clock, captureSources: captures },
    contextOf: () => {
      throw new Error('this bench has no context');
    },
    ...overrides,
  });
  const steps = await catalogue;
  const definition = (name: string): AnyStepDefinition => {
    const found = steps.find(name);
    if (found === undefined) throw new Error(`no step ${name}`);
    return found;
  };
  const inputOf = (name: string, params: JsonObject): JsonObject => definition(name).input.parse(params) as JsonObject;
  const ioOf = (io: Partial<StepIo<JsonValue>>): StepIo<JsonValue> => ({
    ...{ runId: 'run', path: 'step', idempotencyKey: 'run/step', attempt: 1, provider: null, prepared: null },
    ...{ signal: new AbortController().signal, progress: () => undefined },
    ...io,
  });
  const prepare = (name: string, params: JsonObject): JsonValue =>
    // Through JSON, as it is journalled.
    database.transaction(
      () => JSON.parse(JSON.stringify(definition(name).prepare?.(inputOf(name, params), services, ioOf({})) ?? null)) as JsonValue,
    );
  const attempt = (name: string, params: JsonObject, io: Partial<StepIo<JsonValue>> = {}): Promise<StepOutcome<JsonValue>> =>
    definition(name).run(
      inputOf(name, params),
      services,
      ioOf({ prepared: 'prepared' in io ? io.prepared : prepare(name, params), ...io }),
    );
  return {
    ...{ database, library, services, bridges, captures, catalogue: steps, workshop, step: definition, prepare, attempt },
    file: (audio, facts = {}) => library.add(audio.samples, { ...plainFacts(audio), ...facts }),
    run: async (name, params, io = {}) => {
      const outcome = await attempt(name, params, io);
      if (outcome.kind !== 'done') throw new Error(`${name} waits`);
      const output = definition(name).output.parse(outcome.output) as JsonValue;
      expect(JSON.parse(JSON.stringify(output))).toEqual(output);
      database.transaction(() => definition(name).commit?.(output, services, ioOf(io)));
      return {
        output: output as unknown as SomeOutput,
        items: (outcome.items ?? []) as Done['items'],
        explanation: outcome.explanation ?? [],
      };
    },
    close: async () => {
      if (overrides.workshop === undefined) await workshop.dispose();
      database.dispose();
    },
  };
}

function plainFacts(audio: AudioBuffer): ClipFacts {
  const frames = audio.samples.length / audio.channels;
  const quarterNotes = (frames / audio.sampleRate) * 2;
  return {
    ...{ name: 'test clip', prompt: '', seed: 0, provider: 'test', providerVersion: '1', instrument: 'test', key: null, loop: false },
    ...{ sampleRate: audio.sampleRate, channels: audio.channels, frames, tempoBpm: 120, metre: { numerator: 4, denominator: 4 } },
    ...{ bars: quarterNotes / 4, quarterNotes, loudnessLufs: -18, peakDbtp: -3 },
  };
}
