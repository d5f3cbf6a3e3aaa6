import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { defineStep } from '../catalogue/step-definition.js';
import { costOfParts, embeddingOf, partOf } from './shared/clips.js';
import { clipField, clipOutput } from './shared/fields.js';
import type { AudioStepServices } from './shared/services.js';

export default defineStep({
  name: 'embed',
  help: 'Turns a clip into a vector by which clips that sound alike are found',
  version: 1,
  input: z.strictObject({ clip: clipField }),
  output: z.strictObject({
    clip: clipOutput,
    space: z.string().describe('Space of the vector: only vectors of one space can be compared'),
    vector: z.array(z.number()).describe('The embedding'),
    provider: z.string().describe('What made it; "descriptors" is measured, without a model'),
  }),
  capability: 'embed.audio',
  idempotency: 'pure',
  cacheable: true,
  cost: () => costOfParts(10),
  // A server or a model that is loaded first may take long; each has a deadline of its own within this.
  deadlineMs: 1_800_000,
  clips: ({ clip }) => [clip],
  run: async (input, services: AudioStepServices, io) => {
    const clip = services.library.get(input.clip);
    const embedder = services.roles.embedder(io.provider?.provider);
    const embedding = await embeddingOf(services, embedder, clip.hash, partOf(io, 'embedding the clip'));
    if (embedding === null)
      throw new GrymError('GRYM_CLIP_SILENT', { clip: clip.hash.slice(0, 12), what: 'it cannot be compared with others' });
    const { provider } = embedder;
    return {
      kind: 'done',
      output: { clip: clip.hash, space: embedding.space, vector: [...embedding.vector], provider },
      explanation: [
        `${embedding.vector.length} dimensions of the space ${embedding.space}${provider === 'descriptors' ? ': measured descriptors, no model' : ''}.`,
      ],
    };
  },
});
