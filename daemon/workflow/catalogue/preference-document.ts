import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../kernel/index.js';
import { DocumentStore } from '../../storage/index.js';
import type { PreferenceStore } from './capabilities.js';

const preferencesSchema = z.strictObject({ providers: z.record(z.string(), z.string()) });
const DOCUMENT = 'preferences';

/** The user's choices, in `settings/preferences.json` of the data folder. Dispose after the last write. */
export function openPreferences(dataFolder: string, logger: Logger): PreferenceStore & { dispose(): void } {
  const store = new DocumentStore({
    folder: join(dataFolder, 'settings'),
    schema: preferencesSchema,
    onProblem: (problem) => logger.warn('The preferences could not be read as they are', { ...problem }),
  });
  const document = store.open(DOCUMENT);
  return {
    read: () => document.data?.providers ?? {},
    write: (providers) => document.write({ providers: { ...providers } }),
    dispose: () => document.dispose(),
  };
}
