import { generateAction } from '../../actions/index.js';
import type { BridgeDirectory } from '../../audio/index.js';
import { EXIT_CODES, exitCodeOf, present, ProgressLine, toWireError, type Terminal } from '../cli/index.js';
import type { StartRequest } from './flags.js';
import type { RunningDaemon } from './running-daemon.js';

/** Plugins look for a new daemon at least every 250 ms. */
const FIRST_BRIDGE_MS = 400;

/** A failure is told; it ends the process only where there was nothing else to do. */
export async function makeClip(daemon: RunningDaemon, request: StartRequest, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const progress = new ProgressLine(terminal);
  // A project that is open already is to get the clip, so its plugins may connect first.
  await firstBridge(daemon.bridges);
  try {
    const result = await daemon.actions.invoke(
      generateAction.name,
      { prompt: request.prompt },
      {
        signal,
        progress: request.json ? () => undefined : (fraction, stage) => progress.update(fraction, stage),
        caller: { surface: 'start', clientName: 'start', bridgeId: null },
      },
    );
    progress.end();
    terminal.out(request.json ? `${JSON.stringify(result)}\n` : present(generateAction, result));
    return EXIT_CODES.ok;
  } catch (error) {
    progress.end();
    if (request.once) throw error;
    const wire = toWireError(error);
    terminal.note(`grym: ${wire.message}\n  ${wire.remedy}\n`);
    return exitCodeOf(wire);
  }
}

function firstBridge(bridges: BridgeDirectory): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, FIRST_BRIDGE_MS);
    const stopListening = bridges.onConnected(done);
    if (bridges.list().some(({ connected }) => connected)) done();
    function done(): void {
      clearTimeout(timer);
      stopListening();
      resolve();
    }
  });
}
