import { z } from 'zod';
import { importAudioFile } from '../../audio/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, partOf } from './shared/clips.js';
import { clipOutput, keyField, nameField, optional, tempoField } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'import',
  help: 'Takes an audio file (WAV, AIFF, FLAC, OGG) into the library as a clip; the same content under the same name is the same clip',
  version: 1,
  input: z.strictObject({
    path: z.string().min(1).max(4_096).describe('Full path of the file'),
    name: optional(nameField),
    tempoBpm: optional(tempoField),
    key: optional(keyField),
    loop: optional(z.boolean().describe('Whether it is a loop; else told by its length in bars')),
  }),
  output: z.strictObject({
    clip: clipOutput,
    name: z.string().describe('Name of the clip'),
    format: z.string().describe('Format of the file'),
    seconds: z.number().describe('Length in seconds'),
    sampleRate: z.number().describe('Frames a second; the audio is not resampled'),
    channels: z.int().describe('1 or 2'),
    tempoBpm: z.number().describe("Tempo in the clip's facts: given, from tags, measured, else assumed"),
    key: z.string().nullable().describe("Key in the clip's facts: given, from tags or measured"),
    loop: z.boolean().describe('Whether it is a loop'),
    fileTags: z.record(z.string(), z.string()).describe("The file's own tags"),
  }),
  capability: 'analyse.audio',
  idempotency: 'idempotent',
  // The same path may hold something else the next time.
  cacheable: false,
  cost: () => costOfAudio(60),
  deadlineMs: 300_000,
  clips: ({ clip }) => [clip],
  run: async ({ path, ...given }, services: AudioStepServices, io) => {
    const { samples, facts, format, tags, notes } = await importAudioFile(
      services.workshop,
      path,
      given,
      partOf(io, 'reading the file', 0, 0.9),
    );
    io.progress(0.9, 'filing the clip');
    const clip = await services.library.add(samples, facts);
    const { name, sampleRate, channels, tempoBpm, key, loop, frames } = facts;
    return {
      kind: 'done',
      output: {
        clip: clip.hash,
        name,
        format,
        seconds: frames / sampleRate,
        sampleRate,
        channels,
        tempoBpm,
        key,
        loop,
        fileTags: { ...tags },
      },
      explanation: [`Imported ${path} (${format}, ${(frames / sampleRate).toFixed(1)} s).`, ...notes],
    };
  },
});
