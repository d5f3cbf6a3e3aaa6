// The worker thread in which native/dsp renders. It holds no state between two orders, so it can be replaced at any time.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Rendered, RenderOrder, RenderPlan, WorkerReport, WorkerSettings } from './dsp-messages.js';

interface DspModule {
  /** Null where the control's first word was set. */
  render(plan: RenderPlan, control: Int32Array): Rendered | null;
}

const port = parentPort;
if (port === null) throw new Error('procedural-worker runs as a worker thread only');
const report = (message: WorkerReport, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function loadModule(): DspModule | null {
  try {
    const { modulePath } = workerData as WorkerSettings;
    return createRequire(import.meta.url)(modulePath) as DspModule;
  } catch (error) {
    report({ kind: 'module-missing', reason: reasonOf(error) });
    return null;
  }
}

const dsp = loadModule();
if (dsp !== null) {
  port.on('message', ({ id, plan, control }: RenderOrder) => {
    try {
      const result = dsp.render(plan, new Int32Array(control));
      if (result === null) report({ kind: 'cancelled', id });
      else report({ kind: 'rendered', id, result }, [result.samples.buffer as ArrayBuffer]);
    } catch (error) {
      report({ kind: 'failed', id, reason: reasonOf(error) });
    }
  });
  report({ kind: 'ready' });
}
