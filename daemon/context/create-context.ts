import type { Clock, Logger } from '../kernel/index.js';
import type { Database } from '../storage/index.js';
import { ContextTransformer, RuleFolder } from './rules/index.js';
import { ContextStore } from './store/index.js';

export interface ContextOptions {
  readonly database: Database;
  /** Locked by this process. */
  readonly dataFolder: string;
  /** The user's rules; null where there are none. The folder need not exist. */
  readonly ruleFolder: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ContextParts {
  readonly store: ContextStore;
  readonly transformer: ContextTransformer;
  readonly rules: RuleFolder;
}

/** Puts the parts together. Dispose the store before the database. */
export function createContext({ ruleFolder, ...options }: ContextOptions): ContextParts {
  const { clock, logger } = options;
  const transformer = new ContextTransformer();
  const rules = new RuleFolder(transformer, { folder: ruleFolder, clock, logger });
  const store = new ContextStore({ ...options, transformer, refreshRules: () => rules.refresh() });
  return { store, transformer, rules };
}
