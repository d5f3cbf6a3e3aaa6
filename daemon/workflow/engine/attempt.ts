import { isGrymError, toGrymError, type GrymError } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';

/** What a hook gave, or why it could not: then nothing of what it wrote is left, and the transaction around it goes on. */
export type Attempt<T> = { readonly value: T } | { readonly error: GrymError };

/** Runs a step's hook inside a transaction. Throws where the transaction itself cannot go on. */
export function attempt<T>(database: Database, hook: () => T): Attempt<T> {
  try {
    return { value: database.savepoint(hook) };
  } catch (thrown) {
    if (isGrymError(thrown, 'GRYM_LIBRARY_UNWRITABLE') || !database.isInTransaction) throw thrown;
    return { error: toGrymError(thrown) };
  }
}
