import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunHistory } from '../../daemon/workflow/index.js';

/** What a file of a release holds. */
export interface RecordedHistory {
  /** What happened in this run, in words. */
  readonly about: string;
  readonly history: RunHistory;
}

export const HISTORIES = import.meta.dirname;

/** Every release that has recorded, and the names of its histories. */
export function recordedReleases(): { release: string; names: string[] }[] {
  return readdirSync(HISTORIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d+\.\d+\.\d+/.test(entry.name))
    .map(({ name }) => ({ release: name, names: namesOf(join(HISTORIES, name)) }))
    .sort((a, b) => (a.release < b.release ? -1 : 1));
}

export function readHistory(release: string, name: string): RecordedHistory {
  return JSON.parse(readFileSync(join(HISTORIES, release, `${name}.json`), 'utf8')) as RecordedHistory;
}

function namesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''))
    .sort();
}
