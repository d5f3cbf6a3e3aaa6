/** Below −80 dBFS there is nothing to tell apart. */
export const SILENT_PEAK = 1e-4;
