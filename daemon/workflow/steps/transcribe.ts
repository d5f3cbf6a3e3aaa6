import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfParts, openClipSource, partOf } from './shared/clips.js';
import { clipField, clipOutput } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'transcribe',
  help: 'Writes down what is said or sung in a clip, with the time of each word',
  version: 1,
  input: z.strictObject({ clip: clipField }),
  output: z.strictObject({
    clip: clipOutput,
    text: z.string().describe('What was said; empty where nothing was understood'),
    words: z
      .array(
        z.strictObject({
          word: z.string().describe('A word'),
          startSeconds: z.number().describe('Where it begins, from the start of the clip'),
          endSeconds: z.number().describe('Where it ends'),
        }),
      )
      .max(100_000)
      .describe('The words in order'),
    provider: z.string().describe('What wrote it down'),
  }),
  capability: 'transcribe.audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfParts(60, 0.5),
  deadlineMs: 1_800_000,
  clips: ({ clip }) => [clip],
  run: async (input, services: AudioStepServices, io) => {
    const transcriber = services.roles.transcriber(io.provider?.provider);
    const { clip, source } = await openClipSource(services, input.clip, { signal: io.signal });
    const { text, words } = await transcriber.transcribe(source, partOf(io, 'writing down what is said'));
    const { provider } = transcriber;
    const said =
      text === ''
        ? `${provider} understood no words in it.`
        : `${provider} understood ${words.length === 1 ? 'one word' : `${words.length} words`}: “${text.slice(0, 200)}”`;
    return { kind: 'done', output: { clip: clip.hash, text, words: words.map((word) => ({ ...word })), provider }, explanation: [said] };
  },
});
