// The worker thread in which native/dsp runs. It holds no state between two orders, so it can be replaced at any time.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { DspModule, DspOrder, ThreadReport, ThreadSettings } from './dsp-messages.js';

const port = parentPort;
if (port === null) throw new Error('dsp-thread runs as a worker thread only');
const report = (message: ThreadReport, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

function loadModule(): DspModule | null {
  try {
    const { modulePath, niceness } = workerData as ThreadSettings;
    const loaded = createRequire(import.meta.url)(modulePath) as DspModule;
    if (niceness > 0) loaded.yieldToOthers?.(niceness);
    return loaded;
  } catch (error) {
    report({ kind: 'module-missing', reason: reasonOf(error) });
    return null;
  }
}

/** Samples are handed over, not copied. */
function buffersOf(result: object): ArrayBuffer[] {
  return Object.values(result).flatMap((value) => (value instanceof Float32Array ? [value.buffer as ArrayBuffer] : []));
}

const dsp = loadModule();
if (dsp !== null) {
  port.on('message', ({ id, kind, input, control }: DspOrder) => {
    try {
      const result = dsp[kind](input, new Int32Array(control));
      if (result === null) report({ kind: 'cancelled', id });
      else report({ kind: 'done', id, result }, buffersOf(result));
    } catch (error) {
      report({ kind: 'failed', id, reason: reasonOf(error), code: codeOf(error) });
    }
  });
  report({ kind: 'ready' });
}
