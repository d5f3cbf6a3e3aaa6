/** Runs, their steps, definitions, cache and queue. */
export const ENGINE_SCHEMA = '';
