/** Further attempts that a run as a whole may still make, whatever its steps' own policies allow. */
export interface RunRetryBudget {
  readonly limit: number;
  readonly used: number;
  /** Takes one; false where none is left. */
  take(): boolean;
}

export const DEFAULT_RUN_RETRIES = 50;

/**
 * `used`: what the journal says of earlier processes. `onTaken` is called with the new count before the retry is acted on;
 * what it throws leaves the count as it was.
 */
export function runRetryBudget(
  options: { readonly limit?: number; readonly used?: number; readonly onTaken?: (used: number) => void } = {},
): RunRetryBudget {
  const limit = options.limit ?? DEFAULT_RUN_RETRIES;
  let used = options.used ?? 0;
  return {
    limit,
    get used() {
      return used;
    },
    take() {
      if (used >= limit) return false;
      options.onTaken?.(used + 1);
      used += 1;
      return true;
    },
  };
}
