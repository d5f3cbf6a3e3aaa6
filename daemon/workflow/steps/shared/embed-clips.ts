import type { WorkshopOptions } from '../../../audio/index.js';
import { isGrymError } from '../../../kernel/index.js';
import type { Embedder, Embedding } from '../../../models/index.js';
import { recoveryPolicy } from '../../../recovery/index.js';
import { embeddingOf } from './clips.js';
import type { AudioStepServices } from './services.js';

/** Vectors of one space for several clips, and for words where the space has them. */
export interface EmbeddedClips {
  readonly embedder: Embedder;
  /** By the clip's hash; null for silence. */
  readonly vectors: ReadonlyMap<string, readonly number[] | null>;
  /** Of the words that were given; null where there were none, or the space has none. */
  readonly words: readonly number[] | null;
  /** Embedders that were tried before and failed, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Embeds all clips with the preferred embedder, or all of them with the next one where that fails: vectors of two spaces are never compared. The
 * result says who failed and why.
 */
export async function embedClips(
  services: AudioStepServices,
  hashes: readonly string[],
  text: string | null,
  options: WorkshopOptions,
): Promise<EmbeddedClips> {
  const preferred = services.preferredEmbedder();
  const all = services.roles.all('embedders');
  const inOrder = [...all.filter(({ provider }) => provider === preferred), ...all.filter(({ provider }) => provider !== preferred)];
  const notices: string[] = [];
  for (const [place, embedder] of inOrder.entries()) {
    try {
      const vectors = new Map<string, readonly number[] | null>();
      for (const hash of new Set(hashes)) vectors.set(hash, (await embeddingOf(services, embedder, hash, options))?.vector ?? null);
      const words: Embedding | null = text === null ? null : ((await embedder.embedText?.(text, options)) ?? null);
      return { embedder, vectors, words: words?.vector ?? null, notices };
    } catch (error) {
      const isLast = place === inOrder.length - 1;
      if (isLast || !isGrymError(error) || error.kind === 'cancelled' || options.signal.aborted) throw error;
      // What would fail with every embedder, such as a clip that cannot be read, is not the embedder's fault.
      if (!recoveryPolicy(error.code, error.kind).procedures.some((procedure) => procedure === 'other-provider')) throw error;
      notices.push(`Not compared by ${embedder.provider}, which failed (${error.message}), but by ${inOrder[place + 1]?.provider ?? ''}.`);
    }
  }
  throw new RangeError('there is no embedder');
}
