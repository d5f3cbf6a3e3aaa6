import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { analysisOf, clipName, costOfAudio, derivedFacts, finiteOrNull, openClip, partOf } from './shared/clips.js';
import {
  barsField,
  changesOutput,
  clipField,
  clipOutput,
  keyField,
  loudnessField,
  nameField,
  optional,
  tempoField,
} from './shared/fields.js';
import { planFit } from './shared/fit-plan.js';
import type { AudioStepServices } from './shared/services.js';

const input = z.strictObject({
  clip: clipField,
  tempoBpm: optional(tempoField.describe('Tempo to stretch to, without changing the pitch')),
  sourceTempoBpm: optional(tempoField.describe('Tempo of the clip, where its facts are wrong')),
  key: optional(keyField.describe('Key to transpose to, by the nearest way (at most 6 semitones); a clip without a key is left as it is')),
  bars: optional(barsField.describe('Length in whole bars of its metre at the resulting tempo; cut with a fade, or padded')),
  loudnessLufs: optional(loudnessField.describe('Integrated loudness to bring it to, in LUFS')),
  ceilingDbtp: z.number().min(-20).max(0).default(-1).describe('True peak that is never exceeded, in dBTP'),
  seamlessLoop: z.boolean().default(false).describe('Find the best point to close the loop at, and cross-fade over it'),
  name: optional(nameField),
});

export default defineStep({
  name: 'fit',
  help: 'Fits a clip to a tempo, a key, a length in bars, a loudness and a seamless loop',
  version: 1,
  input,
  output: z.strictObject({
    clip: clipOutput,
    changed: z.boolean().describe('False: it fitted already, and is the same clip'),
    tempoBpm: z.number().describe('Tempo of the result'),
    key: z.string().nullable().describe('Key of the result; null where it has none'),
    bars: z.number().describe('Length of the result in bars'),
    semitones: z.number().describe('By how much it was transposed'),
    loudnessLufs: z.number().nullable().describe('Loudness of the result in LUFS'),
    changes: changesOutput,
  }),
  capability: 'fit.audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10, 0.05, 6),
  deadlineMs: 120_000,
  clips: ({ clip }) => [clip],
  run: async (order, services: AudioStepServices, io) => {
    const { clip, audio } = await openClip(services, order.clip, partOf(io, 'reading the clip', 0, 0.1));
    const measuredKey =
      order.key === null || clip.key !== null ? null : (await analysisOf(services, clip.hash, partOf(io, 'finding its key', 0.1, 0.3))).key;
    if (order.loudnessLufs !== null && clip.loudnessLufs === null) {
      throw new GrymError('GRYM_CLIP_SILENT', { clip: clip.hash.slice(0, 12), what: 'no gain brings it to a loudness' });
    }
    const { plan, target, notes } = planFit(clip, order, measuredKey);
    const { tempoBpm, bars, quarterNotes, key, semitones } = target;
    if (plan === null) {
      const output = {
        clip: clip.hash,
        changed: false,
        tempoBpm,
        key,
        bars,
        semitones: 0,
        loudnessLufs: clip.loudnessLufs,
        changes: notes,
      };
      return { kind: 'done', output, explanation: ['It fitted already.', ...notes] };
    }
    const fitted = await services.workshop.fit(audio, plan, partOf(io, 'fitting the clip', 0.3, 0.9));
    const loudnessLufs = finiteOrNull(fitted.loudnessLufs);
    const facts = derivedFacts(clip, fitted, {
      ...{ name: clipName(order.name ?? `${clip.name}, fitted`), tempoBpm, key, bars, quarterNotes, loudnessLufs },
      ...{ peakDbtp: finiteOrNull(fitted.peakDbtp), loop: clip.loop || order.bars !== null || order.seamlessLoop },
    });
    const made = await services.library.add(fitted.samples, facts);
    const changes = [...fitted.changes, ...notes];
    return {
      kind: 'done',
      output: { clip: made.hash, changed: made.hash !== clip.hash, tempoBpm, key, bars, semitones, loudnessLufs, changes },
      explanation: changes,
    };
  },
});
