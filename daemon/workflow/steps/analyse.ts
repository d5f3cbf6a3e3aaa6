import { z } from 'zod';
import type { NewContextItem } from '../../context/index.js';
import type { JsonValue } from '../../kernel/index.js';
import type { AudioAnalysis } from '../../audio/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { analysisOf, costOfAudio, finiteOrNull, partOf } from './shared/clips.js';
import { complexityOf, energyOf } from './shared/features.js';
import { clipField, clipOutput } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

const confidence = z.number().min(0).max(1);

const output = z.strictObject({
  clip: clipOutput,
  silent: z.boolean().describe('Nothing in it is loud enough to be measured'),
  durationSeconds: z.number().describe('Length in seconds'),
  tempoBpm: z.number().nullable().describe('Measured tempo in beats per minute; null where there is no beat'),
  tempoConfidence: confidence.describe('How sure the tempo is, 0 … 1'),
  beatSeconds: z.array(z.number()).describe('Times of the beats'),
  onsetSeconds: z.array(z.number()).describe('Times of the onsets'),
  onsetsPerSecond: z.number().describe('Onset density'),
  key: z.string().nullable().describe('Measured key, such as "A minor"; null where nothing is tonal'),
  keyConfidence: confidence.describe('How sure the key is, 0 … 1'),
  chords: z
    .array(
      z.strictObject({
        startSeconds: z.number().describe('Begin of the chord'),
        endSeconds: z.number().describe('End of the chord'),
        chord: z.string().describe('"Am", "F", …, or "N" for none'),
        confidence: confidence.describe('How sure the chord is, 0 … 1'),
      }),
    )
    .describe('Harmony, one entry for each segment between beats'),
  loudnessLufs: z.number().nullable().describe('Integrated loudness in LUFS (EBU R128)'),
  peakDbtp: z.number().nullable().describe('True peak in dBTP'),
  brightnessHz: z.number().nullable().describe('Spectral centroid in Hz'),
  spectralBalance: z
    .strictObject({
      sub: z.number().describe('Below 120 Hz'),
      low: z.number().describe('120 to 500 Hz'),
      middle: z.number().describe('500 Hz to 2 kHz'),
      presence: z.number().describe('2 to 6 kHz'),
      air: z.number().describe('Above 6 kHz'),
    })
    .nullable()
    .describe('Shares of the energy by band; their sum is 1'),
  spectralFlatness: z.number().nullable().describe('0 tonal … 1 noise'),
  harmonicShare: z.number().nullable().describe('Share of harmonic against percussive energy, 0 … 1'),
  stereoWidth: z.number().nullable().describe('0 mono … 1 wide'),
  energy: z.number().nullable().describe('How driving it is, 0 … 1, from loudness, onsets and brightness'),
  complexity: z.number().nullable().describe('How much there is to follow, 0 … 1, from onsets, their irregularity and changes of chord'),
});
type Output = z.output<typeof output>;

function outputOf(clip: string, analysis: AudioAnalysis): Output {
  const { descriptors: _descriptors, tempoBpm, key, chords, beatSeconds, onsetSeconds, ...measured } = analysis;
  return {
    ...measured,
    ...{ clip, beatSeconds: [...beatSeconds], onsetSeconds: [...onsetSeconds], chords: chords.map((chord) => ({ ...chord })) },
    silent: finiteOrNull(analysis.loudnessLufs) === null && (finiteOrNull(analysis.peakDbtp) ?? -Infinity) < -70,
    tempoBpm: tempoBpm?.value ?? null,
    tempoConfidence: tempoBpm?.confidence ?? 0,
    key: key?.value ?? null,
    keyConfidence: key?.confidence ?? 0,
    loudnessLufs: finiteOrNull(analysis.loudnessLufs),
    peakDbtp: finiteOrNull(analysis.peakDbtp),
    energy: energyOf(analysis),
    complexity: complexityOf(analysis),
  };
}

/** What was measured, for the run's context; what could not be measured says nothing. */
function itemsOf(output: Output): NewContextItem[] {
  const fact = (field: string, value: JsonValue, sure = 1): NewContextItem[] =>
    value === null
      ? []
      : [{ category: 'audio-parameters', field, value, rank: 'analysis', confidence: Math.min(1, Math.max(0, sure)), tags: ['analyse'] }];
  return [
    ...fact('tempoBpm', output.tempoBpm, output.tempoConfidence),
    ...fact('key', output.key, output.keyConfidence),
    ...fact('loudnessLufs', output.loudnessLufs),
    ...fact('brightnessHz', output.brightnessHz),
    ...(output.silent ? [] : fact('onsetsPerSecond', output.onsetsPerSecond)),
    ...fact('spectralBalance', output.spectralBalance),
    ...fact('energy', output.energy),
    ...fact('complexity', output.complexity),
  ];
}

function sentences(output: Output): string[] {
  if (output.silent) return ['It is silent: there is nothing to measure.'];
  const tempo =
    output.tempoBpm === null ? 'no beat was found' : `${output.tempoBpm.toFixed(1)} bpm (confidence ${output.tempoConfidence.toFixed(2)})`;
  const key = output.key === null ? 'no key was found' : `${output.key} (confidence ${output.keyConfidence.toFixed(2)})`;
  return [
    `Measured: ${tempo}; ${key}; ${output.loudnessLufs?.toFixed(1) ?? '–'} LUFS; ${output.onsetsPerSecond.toFixed(1)} onsets a second.`,
  ];
}

export default defineStep({
  name: 'analyse',
  help: 'Measures a clip: tempo, beats, key, harmony, loudness, brightness, onsets, spectral balance',
  version: 1,
  input: z.strictObject({ clip: clipField }),
  output,
  capability: 'analyse.audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10),
  deadlineMs: 120_000,
  clips: ({ clip }) => [clip],
  run: async ({ clip }, services: AudioStepServices, io) => {
    const measured = outputOf(services.library.get(clip).hash, await analysisOf(services, clip, partOf(io, 'analysing the clip')));
    return { kind: 'done', output: measured, items: itemsOf(measured), explanation: sentences(measured) };
  },
});
