import { z } from 'zod';
import { defineStep, type AnyStepDefinition } from '../../../../daemon/workflow/index.js';

/** A step that waits for the bridge `b1` until `isThere`. */
export function knockingStep(how: {
  readonly isThere: () => boolean;
  readonly threads?: number;
  readonly onlyDuringGrace?: boolean;
}): AnyStepDefinition {
  const { isThere, threads = 0, onlyDuringGrace = false } = how;
  return defineStep({
    ...{ name: 'knock', help: 'Waits for a bridge.', version: 1, capability: null, idempotency: 'pure', cacheable: false },
    input: z.strictObject({}),
    output: z.strictObject({ open: z.boolean().describe('That it is there') }),
    deadlineMs: 60_000,
    cost: () => ({ threads, memoryBytes: 0, seconds: 0 }),
    run: () =>
      Promise.resolve(
        isThere()
          ? { kind: 'done' as const, output: { open: true } }
          : { kind: 'wait' as const, reason: { kind: 'bridge' as const, bridgeId: 'b1', onlyDuringGrace } },
      ),
  });
}
