import { z } from 'zod';
import type { CaptureRange, ClipFacts } from '../../audio/index.js';
import type { NewContextItem } from '../../context/index.js';
import { GrymError, type JsonObject } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { clipName, costOfAudio, finiteOrNull, partOf } from './shared/clips.js';
import { barsField, clipOutput, nameField, optional, tempoField } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

const DEFAULT_BARS = 4;
/** −80 dBFS: below the noise of any instrument's input. */
const SILENT_PEAK = 1e-4;
/** A measured key goes into the clip's facts from this confidence on. */
const BELIEVED_CONFIDENCE = 0.3;

const input = z
  .strictObject({
    bridge: z.string().min(1).max(200).describe('Bridge on the track: its name, id or short id'),
    bars: optional(barsField.describe(`The last whole bars; ${DEFAULT_BARS} where neither bars nor seconds are given`)),
    seconds: optional(z.number().min(0.1).max(600).describe('The last seconds, instead of bars')),
    tempoBpm: optional(tempoField.describe('Tempo that counts where the host tells none')),
    whenShort: z
      .enum(['refuse', 'take'])
      .default('refuse')
      .describe('Where less was captured than is asked for: refuse, or take the whole bars (or the seconds) that there are'),
    name: optional(nameField),
  })
  .refine(({ bars, seconds }) => bars === null || seconds === null, { message: 'give bars or seconds, not both' });
type Input = z.output<typeof input>;

function planRange({ bridge, bars, seconds, tempoBpm, whenShort }: Input, services: AudioStepServices): CaptureRange {
  const length = seconds !== null ? { seconds } : { bars: bars ?? DEFAULT_BARS };
  return services.captures.plan({ bridge, length, tempoBpm, metre: null, whenShort });
}

function factsOf(range: CaptureRange, name: string | null): Omit<ClipFacts, 'loudnessLufs' | 'peakDbtp' | 'key'> {
  const { frames, sampleRate, tempoBpm, bars, numerator, denominator } = range;
  const quartersPerBar = (4 * numerator) / denominator;
  const quarterNotes = bars === null ? ((frames / sampleRate) * tempoBpm) / 60 : bars * quartersPerBar;
  const length = bars === null ? `${(frames / sampleRate).toFixed(1)} s` : `${bars} bar${bars === 1 ? '' : 's'}`;
  return {
    name: clipName(name ?? `${range.bridgeName}, ${length} played at ${Math.round(tempoBpm * 100) / 100} bpm`),
    ...{ prompt: '', seed: 0, provider: 'capture', providerVersion: '1', instrument: 'captured' },
    ...{ sampleRate, channels: 2, frames, tempoBpm, metre: { numerator, denominator }, quarterNotes },
    bars: bars ?? quarterNotes / quartersPerBar,
    loop: bars !== null,
  };
}

/** The host's tempo and metre are facts; a tempo that was assumed is none. */
function itemsOf(range: CaptureRange): NewContextItem[] {
  const fact = (field: string, value: NewContextItem['value']): NewContextItem => ({
    ...{ category: 'audio-parameters', field, value, rank: 'host', tags: ['capture'] },
  });
  return [
    ...(range.tempoOfHost
      ? [fact('tempoBpm', range.tempoBpm), fact('metreNumerator', range.numerator), fact('metreDenominator', range.denominator)]
      : []),
    ...(range.bars === null ? [] : [fact('bars', range.bars)]),
    fact('sampleRate', range.sampleRate),
    fact('bridge', range.bridgeId),
  ];
}

const output = z.strictObject({
  clip: clipOutput,
  bridge: z.string().describe('Id of the bridge'),
  seconds: z.number().describe('Length in seconds'),
  bars: z.int().nullable().describe('Length in bars; null for a length in seconds'),
  tempoBpm: z.number().describe("Tempo: the host's, else the one given, else 120"),
  metreNumerator: z.int().describe('Beats in a bar'),
  metreDenominator: z.int().describe('Kind of beat: 4 = quarter note'),
  aligned: z.boolean().describe("Whether it begins and ends on bar lines of the host's rolling transport"),
  peakDbfs: z.number().describe('Highest sample in dBFS'),
  notes: z.array(z.string()).describe('What is less or other than asked for, one sentence each'),
});

/** Frames fixed at the step's first start, or none where that was not possible then. */
type Prepared = { readonly range: JsonObject | null };

/** The bridge may come back between two attempts, so a plan that fails is made again by the attempt, which reports why. */
function prepareRange(input: Input, services: AudioStepServices): Prepared {
  try {
    return { range: { ...planRange(input, services) } };
  } catch (error) {
    if (error instanceof GrymError) return { range: null };
    throw error;
  }
}

export default defineStep<typeof input, typeof output, AudioStepServices, Prepared>({
  name: 'capture',
  help: 'Takes the last bars or seconds that a bridge has heard on its track, as a clip',
  version: 1,
  input,
  output,
  capability: 'capture.audio',
  idempotency: 'idempotent',
  cacheable: false,
  cost: ({ seconds, bars }) => costOfAudio(seconds ?? (bars ?? DEFAULT_BARS) * 2),
  deadlineMs: 60_000,
  clips: ({ clip }) => [clip],
  prepare: prepareRange,
  run: async (order, services, io) => {
    const { range: journalled } = io.prepared;
    const range = journalled === null ? planRange(order, services) : (journalled as unknown as CaptureRange);
    const { samples, peak, brokenSamples } = await services.captures.read(range, io.signal, (fraction) =>
      io.progress(0.3 * fraction, 'taking the capture'),
    );
    const peakDbfs = 20 * Math.log10(Math.max(peak, 1e-10));
    if (peak < SILENT_PEAK) throw new GrymError('GRYM_CAPTURE_SILENT', { bridge: range.bridgeName, peak: peakDbfs.toFixed(0) });
    const audio = { samples, sampleRate: range.sampleRate, channels: 2 };
    const analysis = await services.workshop.analyse(audio, partOf(io, 'analysing the capture', 0.3, 0.9));
    io.progress(0.9, 'filing the clip');
    const clip = await services.library.add(samples, {
      ...factsOf(range, order.name),
      key: analysis.key !== null && analysis.key.confidence >= BELIEVED_CONFIDENCE ? analysis.key.value : null,
      loudnessLufs: finiteOrNull(analysis.loudnessLufs),
      peakDbtp: finiteOrNull(analysis.peakDbtp),
    });
    const notes = [...range.notes, ...(brokenSamples > 0 ? [`${brokenSamples} samples were no numbers and were made 0.`] : [])];
    const { bridgeId, bars, tempoBpm, numerator, denominator, aligned, frames, sampleRate } = range;
    return {
      kind: 'done',
      output: {
        ...{ clip: clip.hash, bridge: bridgeId, seconds: frames / sampleRate, bars, tempoBpm, aligned, peakDbfs, notes },
        ...{ metreNumerator: numerator, metreDenominator: denominator },
      },
      items: itemsOf(range),
      explanation: [`Took ${clip.name}${aligned ? ', from bar line to bar line' : ''}.`, ...notes],
    };
  },
});
