import { readdir, readFile, readlink } from 'node:fs/promises';

export interface PortOwner {
  readonly processId: number;
  readonly command: string;
}

/** State of a listening socket in /proc/net/tcp (include/net/tcp_states.h: TCP_LISTEN). */
const LISTEN = '0A';

/** The process that listens on a TCP port of this computer, where the kernel lets this user see it; else null. */
export async function findPortOwner(port: number): Promise<PortOwner | null> {
  const inodes = new Set([...(await listeningInodes('/proc/net/tcp', port)), ...(await listeningInodes('/proc/net/tcp6', port))]);
  if (inodes.size === 0) return null;
  for (const entry of await readdir('/proc').catch(() => [])) {
    const processId = Number(entry);
    if (Number.isInteger(processId) && (await holdsSocket(processId, inodes))) {
      return { processId, command: await commandOf(processId) };
    }
  }
  return null;
}

/** Columns of /proc/net/tcp: 1 = local address and port in hexadecimal, 3 = state, 9 = inode (proc(5)). */
async function listeningInodes(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const wantedPort = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === LISTEN && columns[1]?.split(':')[1] === wantedPort)
    .flatMap((columns) => (columns[9] === undefined ? [] : [columns[9]]));
}

async function holdsSocket(processId: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${processId}/fd`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function commandOf(processId: number): Promise<string> {
  const words = (await readFile(`/proc/${processId}/cmdline`, 'utf8').catch(() => '')).split('\0').filter((word) => word !== '');
  return words.join(' ').slice(0, 200) || 'unknown';
}
