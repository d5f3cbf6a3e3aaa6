import type { CatalogueEntry } from './error-entry.js';

/** The models' files: finding, fetching, checking. */
export const MODEL_STORE_ERRORS = {
  GRYM_MODEL_FOLDER_INVALID: {
    kind: 'invalid-input',
    message: 'The model at {path} cannot be used: {reason}.',
    remedy: 'Install it again (grym models pull, or grym models add with a folder that is whole); docs/guides/models.md shows the layout.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;
