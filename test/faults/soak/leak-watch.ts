import { existsSync, readdirSync, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const BYTES_IN_MEGABYTE = 1_048_576;
/** Before this share of the samples the process fills its caches and compiles its code. */
const WARM_SHARE = 0.25;

/** What the process holds at a moment at which nothing runs. */
export interface Holdings {
  readonly heapMegabytes: number;
  readonly externalMegabytes: number;
  readonly handles: number;
  readonly openFiles: number;
  readonly sharedMemoryFiles: number;
  readonly databaseMegabytes: number;
  readonly writeAheadLogMegabytes: number;
  readonly documents: number;
}
export type Holding = keyof Holdings;

/** How much each may be above what it was after warming up. */
export const ALLOWED_GROWTH: Readonly<Record<Holding, number>> = {
  heapMegabytes: 6,
  externalMegabytes: 6,
  handles: 0,
  openFiles: 0,
  sharedMemoryFiles: 0,
  // Kept runs are bounded; their size varies with what was asked for.
  databaseMegabytes: 4,
  // A checkpoint begins at 4 MB.
  writeAheadLogMegabytes: 8,
  // The number of runs that are kept is bounded, and so are their documents.
  documents: 0,
};

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

const megabytesOf = (path: string): number => (existsSync(path) ? statSync(path).size / BYTES_IN_MEGABYTE : 0);
const countIn = (folder: string): number => (existsSync(folder) ? readdirSync(folder).length : 0);

export async function takeStock(databaseFile: string, documentFolder: string): Promise<Holdings> {
  // Objects that finalisers hold go at the second collection, after a turn of the event loop.
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    heapMegabytes: heapUsed / BYTES_IN_MEGABYTE,
    externalMegabytes: external / BYTES_IN_MEGABYTE,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Immediate' && !name.startsWith('TTY') && !name.startsWith('Pipe'))
      .length,
    openFiles: countIn('/proc/self/fd'),
    sharedMemoryFiles: countIn('/dev/shm'),
    databaseMegabytes: megabytesOf(databaseFile),
    writeAheadLogMegabytes: megabytesOf(`${databaseFile}-wal`),
    documents: countIn(documentFolder),
  };
}

/** The least of a half of the samples: noise only adds. */
function least(samples: readonly Holdings[], name: Holding): number {
  return Math.min(...samples.map((sample) => sample[name]));
}

/** Growth of each holding from the first half after warming up to the second. */
export function growth(samples: readonly Holdings[]): Record<Holding, number> {
  const warm = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const middle = Math.ceil(warm.length / 2);
  const names = Object.keys(ALLOWED_GROWTH) as Holding[];
  const entries = names.map((name) => [name, least(warm.slice(middle), name) - least(warm.slice(0, middle), name)] as const);
  return Object.fromEntries(entries) as Record<Holding, number>;
}

export function leaks(samples: readonly Holdings[]): string[] {
  const grown = growth(samples);
  return (Object.keys(ALLOWED_GROWTH) as Holding[])
    .filter((name) => grown[name] > ALLOWED_GROWTH[name])
    .map((name) => `${name} grew by ${grown[name].toFixed(2)}: ${samples.map((sample) => sample[name].toFixed(1)).join(', ')}`);
}

/** The highest of each. */
export function peaks(samples: readonly Holdings[]): Record<Holding, number> {
  const names = Object.keys(ALLOWED_GROWTH) as Holding[];
  return Object.fromEntries(names.map((name) => [name, Number(Math.max(...samples.map((sample) => sample[name])).toFixed(2))])) as Record<
    Holding,
    number
  >;
}
