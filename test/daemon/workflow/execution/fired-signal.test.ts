import { GrymError } from '../../../../daemon/kernel/index.js';
import { withinDeadline } from '../../../../daemon/workflow/execution/within-deadline.js';
import { FakeClock } from '../../doubles/fake-clock.js';

test('work whose signal has fired already is not begun', async () => {
  const controller = new AbortController();
  controller.abort(new GrymError('GRYM_CANCELLED', { what: 'the run' }));
  let isBegun = false;
  const end = await withinDeadline(
    {
      ...{ signal: controller.signal, deadlineMs: 1_000, graceMs: 100, timers: new FakeClock(), what: 'the step' },
      deadlineError: () => new GrymError('GRYM_DEADLINE_EXCEEDED', { what: 'The step', milliseconds: 1_000 }),
    },
    () => {
      isBegun = true;
      return Promise.resolve();
    },
  );
  expect(isBegun).toBe(false);
  expect(end).toMatchObject({ kind: 'overtaken', isStillRunning: false, error: { code: 'GRYM_CANCELLED' } });
});
