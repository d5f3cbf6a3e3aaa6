import { readFile } from 'node:fs/promises';

/**
 * Bytes of memory that a process holds by itself: what is resident, less what it shares with the daemon. Null: the process is gone, or the
 * system does not tell. /proc/<pid>/status and not statm: there shared memory stands apart, and in kilobytes whatever a page is.
 */
export async function residentBytesOf(processId: number): Promise<number | null> {
  try {
    const text = await readFile(`/proc/${processId}/status`, 'utf8');
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
    return Math.max(0, kilobytes('VmRSS') - kilobytes('RssShmem')) * 1024;
  } catch {
    return null;
  }
}
