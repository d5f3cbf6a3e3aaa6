import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** What processes and shared memory this process has, and what hosts of it there are in the whole system. */
export interface Inventory {
  readonly sharedFiles: string[];
  readonly descriptors: number;
  readonly mappings: number;
  readonly children: number[];
  /** Ids of processes that were started as hosts of this one, whoever is their parent now. */
  readonly hosts: number[];
}

interface Process {
  readonly id: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, fields] = quietly(() => readFileSync(`/proc/${name}/stat`, 'utf8'), '').split(') ');
      const [state, parent] = (fields ?? '').split(' ');
      if (state === undefined || state === '' || state === 'Z') return [];
      const command = quietly(() => readFileSync(`/proc/${name}/cmdline`, 'utf8'), '')
        .replaceAll('\0', ' ')
        .trim();
      return [{ id: Number(name), parent: Number(parent), command }];
    });
}

export function takeInventory(): Inventory {
  const all = processes();
  const links = readdirSync('/proc/self/fd').map((descriptor) => quietly(() => readlinkSync(`/proc/self/fd/${descriptor}`), ''));
  return {
    sharedFiles: quietly(() => readdirSync('/dev/shm'), []).sort(),
    descriptors: links.filter((link) => link.includes('grym-model')).length,
    mappings: readFileSync('/proc/self/maps', 'utf8').split('grym-model').length - 1,
    children: all.filter(({ parent }) => parent === process.pid).map(({ id }) => id),
    hosts: all.filter(({ command }) => command.endsWith(`host-process.js ${process.pid}`)).map(({ id }) => id),
  };
}

/** One sentence for everything that is there after and was not there before. Others' files in /dev/shm come and go: only ours count. */
export function leftoversOf(before: Inventory, after: Inventory): string[] {
  const problems: string[] = [];
  const fresh = after.sharedFiles.filter((name) => name.includes('grym-model') && !before.sharedFiles.includes(name));
  if (fresh.length > 0) problems.push(`/dev/shm has new files: ${fresh.join(', ')}`);
  if (after.descriptors > before.descriptors)
    problems.push(`${after.descriptors - before.descriptors} descriptors of shared memory are open`);
  if (after.mappings > before.mappings) problems.push(`${after.mappings - before.mappings} shared memories are mapped`);
  const children = after.children.filter((id) => !before.children.includes(id));
  if (children.length > 0) problems.push(`children are left: ${children.join(', ')}`);
  if (after.hosts.length > 0) problems.push(`hosts are left: ${after.hosts.join(', ')}`);
  return problems;
}
