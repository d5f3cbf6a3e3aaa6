import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, openClip, partOf } from './shared/clips.js';
import { exportFile, fileNameOf, prepareFolder, tagsOfFile } from './shared/export-files.js';
import { clipsField, optional } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

const FORMATS = { 'wav-float32': 'wav', 'wav-24': 'wav', 'wav-16': 'wav', 'flac-24': 'flac', 'flac-16': 'flac' } as const;

export default defineStep({
  name: 'export',
  help: 'Writes clips as WAV or FLAC files with their metadata into a folder; what lies there is never overwritten',
  version: 1,
  input: z.strictObject({
    clips: clipsField,
    folder: z.string().min(1).max(4_096).describe('Full path of the folder; it is made where it is not there'),
    format: z.enum(['wav-float32', 'wav-24', 'wav-16', 'flac-24', 'flac-16']).default('wav-24').describe('Kind of file'),
    name: optional(
      z.string().trim().min(1).max(120).describe("Name of the files, numbered where there are several; else the clips' names"),
    ),
    stems: z
      .boolean()
      .default(false)
      .describe('Files that belong together: numbered, and padded with silence to the length of the longest'),
  }),
  output: z.strictObject({
    folder: z.string().describe('The folder'),
    files: z
      .array(
        z.strictObject({
          clip: z.string().describe('Hash of the clip'),
          path: z.string().describe('Full path of the file'),
          bytes: z.int().describe('Size of the file'),
          existed: z.boolean().describe('The same file was there already'),
        }),
      )
      .describe('The files, in the order of the clips'),
  }),
  capability: 'export.audio',
  idempotency: 'idempotent',
  // A file may be gone the next time.
  cacheable: false,
  cost: ({ clips }) => ({ ...costOfAudio(10, 0.02), seconds: 0.05 + clips.length * 0.2 }),
  deadlineMs: 600_000,
  run: async ({ clips, folder, format, name, stems }, services: AudioStepServices, io) => {
    await prepareFolder(folder);
    const known = clips.map((hash) => services.library.get(hash));
    const longestSeconds = Math.max(...known.map(({ frames, sampleRate }) => frames / sampleRate));
    const files = [];
    for (const [index, { hash }] of known.entries()) {
      const part = partOf(io, `writing file ${index + 1} of ${known.length}`, index / known.length, (index + 1) / known.length);
      part.onProgress?.(0);
      const { clip, audio } = await openClip(services, hash, { signal: io.signal });
      const number = stems || (known.length > 1 && name !== null) ? { at: index + 1, of: known.length } : null;
      const file = await exportFile(services.workshop, stems ? padded(audio, longestSeconds) : audio, {
        ...{ folder, format, extension: FORMATS[format], key: io.idempotencyKey, name: fileNameOf(name ?? clip.name, number) },
        ...{ tags: tagsOfFile(clip), options: part },
      });
      files.push({ clip: hash, ...file });
    }
    const fresh = files.filter(({ existed }) => !existed).length;
    const there = files.length - fresh;
    return {
      kind: 'done',
      output: { folder, files },
      explanation: [
        `${fresh} file${fresh === 1 ? '' : 's'} written into ${folder}${there === 0 ? '' : `; ${there} lay there already with the same content`}.`,
      ],
    };
  },
});

function padded<T extends { readonly samples: Float32Array; readonly sampleRate: number; readonly channels: number }>(
  audio: T,
  seconds: number,
): T {
  const length = Math.max(audio.samples.length, Math.round(seconds * audio.sampleRate) * audio.channels);
  if (length === audio.samples.length) return audio;
  const samples = new Float32Array(length);
  samples.set(audio.samples);
  return { ...audio, samples };
}
