import { z } from 'zod';
import type { NewContextItem } from '../../context/index.js';
import type { Heard } from '../../models/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfAudio, descriptionOf, partOf } from './shared/clips.js';
import { clipField, clipOutput, tagsOutput } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

/** What was heard, for the steps that follow; words are cut so that the context takes them. */
function itemsOf(tags: readonly string[], text: string, heard: Heard | undefined): NewContextItem[] {
  const patterns: NewContextItem[] =
    tags.length === 0
      ? []
      : [
          {
            ...{ category: 'audio-parameters', field: 'detectedPatterns', value: [...tags], rank: 'analysis', confidence: 0.7 },
            ...{ tags: ['describe'], text },
          },
        ];
  const style = (field: string, value: string | undefined): NewContextItem[] =>
    value === undefined || value === ''
      ? []
      : [{ category: 'stylistic-preferences', field, value: value.slice(0, 100), rank: 'analysis', confidence: 0.6, tags: ['describe'] }];
  return [
    ...patterns,
    ...style('instrument', heard?.instruments[0]),
    ...style('genre', heard?.genre[0]),
    ...style('mood', heard?.mood.slice(0, 3).join(', ')),
  ];
}

function heardOf(heard: Heard | undefined): Record<keyof Heard, string[]> | null {
  if (heard === undefined) return null;
  const { instruments, mood, genre, productionNotes, issues } = heard;
  return {
    ...{ instruments: [...instruments], mood: [...mood], genre: [...genre] },
    ...{ productionNotes: [...productionNotes], issues: [...issues] },
  };
}

export default defineStep({
  name: 'describe',
  help: 'Says in plain words what a clip sounds like, each word with what was measured',
  version: 3,
  input: z.strictObject({ clip: clipField }),
  output: z.strictObject({
    clip: clipOutput,
    text: z.string().describe('One sentence'),
    tags: tagsOutput,
    prompt: z.string().describe('Words for the step generate, to make something that sounds alike; tempo, key and length are not in it'),
    reasons: z
      .array(z.strictObject({ word: z.string().describe('A word of the description'), reason: z.string().describe('What was measured') }))
      .describe('Why each word stands there'),
    heard: z
      .strictObject({
        instruments: z.array(z.string()).describe('Instruments and voices'),
        mood: z.array(z.string()).describe('How it feels'),
        genre: z.array(z.string()).describe('Genres that it belongs to'),
        productionNotes: z.array(z.string()).describe('How it is made and mixed'),
        issues: z.array(z.string()).describe('What is wrong with it, such as noise or clipping'),
      })
      .nullable()
      .describe('What a listening model heard; null where it was measured only'),
    provider: z.string().describe('What described it; "descriptors" is measured, without a model'),
  }),
  capability: 'describe.audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfAudio(10),
  // A server or a model that is loaded first may take long; each has a deadline of its own within this.
  deadlineMs: 1_800_000,
  clips: ({ clip }) => [clip],
  run: async (input, services: AudioStepServices, io) => {
    const clip = services.library.get(input.clip);
    const describer = services.roles.describer(io.provider?.provider);
    const { text, words, prompt, heard } = await descriptionOf(services, describer, clip.hash, partOf(io, 'describing the clip'));
    const { provider } = describer;
    const tags = words.map(({ word }) => word);
    return {
      kind: 'done',
      output: {
        clip: clip.hash,
        text,
        tags: [...tags].sort(),
        prompt,
        reasons: words.map((word) => ({ ...word })),
        heard: heardOf(heard),
        provider,
      },
      items: itemsOf(tags, text, heard),
      explanation: [
        `Described by ${provider === 'descriptors' ? 'measured descriptors, no model' : provider}: ${text}`,
        ...words.map(({ word, reason }) => `“${word}”: ${reason}.`),
      ],
    };
  },
});
