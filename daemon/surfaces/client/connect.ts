import { readFile } from 'node:fs/promises';
import { GrymError, messageOf, packageVersion } from '../../kernel/index.js';
import type { EventClass } from '../../../protocol/index.js';
import { findRunningDaemon, type DaemonFile } from '../access/index.js';
import { DaemonClient } from './daemon-client.js';

/** Connects to the daemon that `daemon.json` in the runtime folder names. Throws GRYM_DAEMON_ABSENT where none runs. */
export async function connectToDaemon(
  runtimeFolder: string,
  clientName: string,
  subscribe: readonly EventClass[] = [],
): Promise<DaemonClient> {
  const daemon = await findRunningDaemon(runtimeFolder);
  if (daemon === null) throw new GrymError('GRYM_DAEMON_ABSENT', { folder: runtimeFolder });
  return connectTo(daemon, clientName, subscribe);
}

export async function connectTo(daemon: DaemonFile, clientName: string, subscribe: readonly EventClass[] = []): Promise<DaemonClient> {
  let token: string;
  try {
    token = (await readFile(daemon.tokenPath, 'utf8')).trim();
  } catch (error) {
    throw new GrymError('GRYM_DAEMON_LOST', { reason: `its token cannot be read (${messageOf(error)})` }, { cause: error });
  }
  return DaemonClient.connect({ port: daemon.port, token, clientName, clientVersion: packageVersion(), subscribe });
}
