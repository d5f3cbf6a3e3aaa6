import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.js';

/** What plugins and the command line need to find the daemon of this user. */
export const daemonFileSchema = z.object({
  port: z.int().min(1).max(65_535),
  processId: z.int().min(1),
  tokenPath: z.string().min(1),
  protocolVersions: z.array(z.int()),
  daemonVersion: z.string(),
  clipFolder: z.string().min(1),
});
export type DaemonFile = z.infer<typeof daemonFileSchema>;

export function daemonFilePath(runtimeFolder: string): string {
  return join(runtimeFolder, 'daemon.json');
}

export async function writeDaemonFile(runtimeFolder: string, content: DaemonFile): Promise<void> {
  await writePrivateFile(daemonFilePath(runtimeFolder), `${JSON.stringify(content, null, 2)}\n`);
}

/** Null where there is no such file or it is not one of ours. */
export async function readDaemonFile(runtimeFolder: string): Promise<DaemonFile | null> {
  try {
    const parsed = daemonFileSchema.safeParse(JSON.parse(await readFile(daemonFilePath(runtimeFolder), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Removes the file unless another daemon has put its own there meanwhile. */
export async function removeDaemonFile(runtimeFolder: string, processId: number): Promise<void> {
  const present = await readDaemonFile(runtimeFolder);
  if (present?.processId === processId) await unlink(daemonFilePath(runtimeFolder)).catch(() => undefined);
}

/**
 * The daemon that runs now, or null. A file left by a killed daemon is told apart by its process id, and, since ids are reused,
 * by asking the port who it is.
 */
export async function findRunningDaemon(runtimeFolder: string, deadlineMs = 1000): Promise<DaemonFile | null> {
  const file = await readDaemonFile(runtimeFolder);
  if (file === null || !processExists(file.processId)) return null;
  return (await answersAsDaemon(file, deadlineMs)) ? file : null;
}

function processExists(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export const healthSchema = z.object({
  service: z.literal('grym-synth'),
  processId: z.int(),
  daemonVersion: z.string(),
});

async function answersAsDaemon(file: DaemonFile, deadlineMs: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${file.port}/healthz`, { signal: AbortSignal.timeout(deadlineMs) });
    const health = healthSchema.safeParse(await response.json());
    return health.success && health.data.processId === file.processId;
  } catch {
    return false;
  }
}
