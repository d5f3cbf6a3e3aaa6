import type { ActionDeclaration } from '../../actions/index.js';
import type { DaemonClient } from '../client/index.js';
import { present } from './presenters/index.js';
import { ProgressLine } from './progress-line.js';
import type { Terminal } from './terminal.js';

export interface AskOptions {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Asks one action of a connected daemon and shows progress and result. Rejects with what the daemon replied. */
export async function askDaemon(
  client: DaemonClient,
  action: Pick<ActionDeclaration, 'name'>,
  params: Record<string, unknown>,
  { terminal, json, signal }: AskOptions,
): Promise<unknown> {
  const progress = new ProgressLine(terminal);
  try {
    const onProgress = json ? undefined : (fraction: number, stage: string): void => progress.update(fraction, stage);
    const result = await client.request(action.name, params, { signal, onProgress });
    progress.end();
    terminal.out(json ? `${JSON.stringify(result)}\n` : present(action, result));
    return result;
  } finally {
    progress.end();
  }
}
