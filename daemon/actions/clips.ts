import { z } from 'zod';
import { MAXIMUM_LISTED_CLIPS, VERDICTS, type Clip } from '../audio/index.js';
import { clipParameter, clipResult, clipSchema, type ClipResult } from './common-schemas.js';
import { defineAction } from './define-action.js';
import type { ActionServices } from './services.js';

const clipReference = z.strictObject({ clip: clipParameter });
const oneClip = z.strictObject({ clip: clipSchema });

function decided({ announce }: ActionServices, clip: Clip): { clip: ClipResult } {
  announce('clips', 'decided', { hash: clip.hash, verdict: clip.verdict });
  return { clip: clipResult(clip) };
}

export const keepAction = defineAction({
  name: 'keep',
  help: 'Mark a clip as kept',
  params: clipReference,
  result: oneClip,
  danger: 'changes',
  performanceSafe: true,
  positional: ['clip'],
  handler: (services, { clip }) => decided(services, services.library.keep(clip)),
});

export const rejectAction = defineAction({
  name: 'reject',
  help: 'Mark a clip as rejected; its file stays',
  params: clipReference,
  result: oneClip,
  danger: 'changes',
  performanceSafe: true,
  positional: ['clip'],
  handler: (services, { clip }) => decided(services, services.library.reject(clip)),
});

export const listClipsAction = defineAction({
  name: 'list-clips',
  help: 'List the clips of the library, newest first',
  params: z.strictObject({
    text: z.string().max(1_000).optional().describe('Words that must all occur in name, prompt, instrument or key'),
    verdict: z
      .enum([...VERDICTS, 'all'])
      .default('all')
      .describe('Only clips with this verdict'),
    limit: z.int().min(1).max(MAXIMUM_LISTED_CLIPS).default(50).describe('At most so many'),
  }),
  result: z.strictObject({ clips: z.array(clipSchema), total: z.int() }),
  danger: 'none',
  performanceSafe: false,
  positional: ['text...'],
  handler: ({ library }, filter) => ({ clips: library.list(filter).map(clipResult), total: library.count() }),
});
