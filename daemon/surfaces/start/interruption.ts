import { GrymError } from '../../kernel/index.js';
import { EXIT_CODES } from '../cli/index.js';

/** Signals closer together than this are one Ctrl-C. */
const SAME_INTERRUPT_MS = 300;

/**
 * The first SIGINT, SIGTERM or SIGHUP asks for the orderly stop, a later one does not wait for it. Under npm a Ctrl-C arrives twice at once:
 * from the terminal, and forwarded by npm.
 */
export function interruption(): { readonly signal: AbortSignal; readonly fired: Promise<void> } {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && performance.now() - firstMs < SAME_INTERRUPT_MS) return;
    firstMs = performance.now();
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? EXIT_CODES.interrupted : 143);
    controller.abort(new GrymError('GRYM_CANCELLED', { what: 'stopped by the user' }));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The window was closed.
  process.on('SIGHUP', onSignal);
  return {
    signal: controller.signal,
    fired: new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true })),
  };
}
