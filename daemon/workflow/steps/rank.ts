import { z } from 'zod';
import { defineStep } from '../catalogue/step-definition.js';
import { analysisOf, costOfAudio, partOf } from './shared/clips.js';
import { embedClips, type EmbeddedClips } from './shared/embed-clips.js';
import { clipField, clipsField, keyField, loudnessField, optional, tempoField } from './shared/fields.js';
import { CRITERIA, judge, type RankTargets } from './shared/judge.js';
import type { AudioStepServices } from './shared/services.js';

const weight = (what: string): z.ZodDefault<z.ZodNumber> => z.number().min(0).max(10).default(1).describe(`Weight of ${what}`);
const part = z.number().min(0).max(1).nullable();

const input = z.strictObject({
  clips: clipsField,
  tempoBpm: optional(tempoField.describe('Tempo that it should have; half and double count as the same')),
  key: optional(keyField.describe('Key that it should be in; related keys count in part')),
  loudnessLufs: optional(loudnessField.describe('Loudness that it should have, in LUFS')),
  energy: optional(z.number().min(0).max(1).describe('How driving it should be, 0 … 1')),
  reference: optional(clipField.describe('Clip that it should sound like')),
  prompt: optional(
    z.string().max(10_000).describe('Words for its sound; without a model that knows words (CLAP) only those count that can be measured'),
  ),
  weights: z
    .strictObject({
      tempo: weight('the tempo'),
      key: weight('the key'),
      loudness: weight('the loudness'),
      energy: weight('the energy'),
      similarity: weight('the similarity to the reference'),
      prompt: weight('the words of the prompt'),
    })
    .prefault({})
    .describe('How much each target counts'),
});

const output = z.strictObject({
  ranked: z
    .array(
      z.strictObject({
        clip: z.string().describe('Hash of the clip'),
        score: z.number().min(0).max(1).describe('Weighted mean of the parts'),
        parts: z
          .strictObject({
            tempo: part.describe('1 at the tempo, 0 at 15 % off'),
            key: part.describe('1 in the key, less by a sixth for each step on the circle of fifths'),
            loudness: part.describe('1 at the loudness, 0 at 12 LU off'),
            energy: part.describe('1 at the energy, less by the difference'),
            similarity: part.describe('How near the embeddings are, by the measure of their space'),
            prompt: part.describe('How near it is to the words, by CLAP; else the share of the measurable words that it bears'),
          })
          .describe('What each target makes of it, 0 … 1; null for targets that were not given or could not be judged'),
        reasons: z.array(z.string()).describe('Why, one sentence for each target'),
      }),
    )
    .describe('All clips, best first'),
  best: z.string().describe('Hash of the best clip'),
  score: z.number().describe('Score of the best clip'),
  similarity: z.number().describe('Similarity of the best clip to the reference, 0 … 1; 0 without a reference'),
});

export default defineStep({
  name: 'rank',
  help: 'Orders clips by how well they meet targets of tempo, key, loudness, energy, similarity and words, and says why',
  version: 2,
  input,
  output,
  capability: 'analyse.audio',
  uses: ['embed.audio'],
  idempotency: 'pure',
  cacheable: true,
  cost: ({ clips }) => ({ ...costOfAudio(10), seconds: 0.05 + clips.length * 0.3 }),
  // A server or a model that is loaded first may take long; each has a deadline of its own within this.
  deadlineMs: 1_800_000,
  clips: ({ ranked }) => ranked.map(({ clip }) => clip),
  run: async ({ clips, weights, ...given }, services: AudioStepServices, io) => {
    const hashes = [...new Set(clips.map((clip) => services.library.get(clip).hash))];
    const embedded = await embeddedOfAll(services, hashes, given, { signal: io.signal });
    const vectorOf = (hash: string): readonly number[] | null => embedded?.vectors.get(services.library.get(hash).hash) ?? null;
    const targets: RankTargets = {
      ...{ tempoBpm: given.tempoBpm, key: given.key, loudnessLufs: given.loudnessLufs, energy: given.energy, prompt: given.prompt },
      reference: given.reference === null ? null : { vector: vectorOf(given.reference) },
      ...(embedded !== null && {
        space: { words: embedded.words, provider: embedded.embedder.provider, similarity: embedded.embedder.similarity },
      }),
    };
    const judged = [];
    for (const [index, hash] of hashes.entries()) {
      const stage = partOf(io, `judging clip ${index + 1} of ${hashes.length}`, index / hashes.length, (index + 1) / hashes.length);
      const analysis = await analysisOf(services, hash, stage);
      const candidate = { clip: services.library.get(hash), analysis, vector: vectorOf(hash) };
      judged.push({ clip: hash, index, ...judge(candidate, targets, weights) });
    }
    // Silence comes last whatever the others lack; equal scores stay in the order of the list.
    judged.sort((a, b) => Number(a.silent) - Number(b.silent) || b.score - a.score || a.index - b.index);
    const ranked = judged.map(({ index: _index, silent: _silent, ...entry }) => entry);
    const [first] = ranked;
    if (first === undefined) throw new RangeError('a list of clips without a clip');
    const asked = CRITERIA.filter((criterion) => ranked.some(({ parts }) => parts[criterion] !== null));
    return {
      kind: 'done',
      output: { ranked, best: first.clip, score: first.score, similarity: first.parts.similarity ?? 0 },
      explanation: [
        asked.length === 0
          ? 'No target was given that could be judged: the clips stay in their order.'
          : `Judged by ${asked.join(', ')}: ${services.library.get(first.clip).name} is the best of ${ranked.length} (${first.score.toFixed(2)}).`,
        ...first.reasons,
        ...(embedded?.notices ?? []),
      ],
    };
  },
});

/** Embedded only where something is compared: with a reference, or with words by a model that knows words. */
async function embeddedOfAll(
  services: AudioStepServices,
  hashes: readonly string[],
  { reference, prompt }: Pick<z.output<typeof input>, 'reference' | 'prompt'>,
  options: { readonly signal: AbortSignal },
): Promise<EmbeddedClips | null> {
  const preferred = services.preferredEmbedder();
  const knowsWords = services.roles.all('embedders').some(({ provider, embedText }) => provider === preferred && embedText !== undefined);
  const words = prompt !== null && knowsWords ? prompt : null;
  if (reference === null && words === null) return null;
  const compared = reference === null ? hashes : [...hashes, services.library.get(reference).hash];
  return embedClips(services, compared, words, options);
}
