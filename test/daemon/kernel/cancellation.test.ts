import { GrymError, systemClock, throwIfCancelled, untilCancelled, whileProgressing, withDeadline } from '../../../daemon/kernel/index.js';

const never = (): Promise<never> => new Promise(() => undefined);

test('a deadline rejects even where the work does not listen, and tells the work', async () => {
  let signal: AbortSignal | undefined;
  const work = (given: AbortSignal): Promise<never> => {
    signal = given;
    return never();
  };
  await expect(withDeadline({ milliseconds: 10, what: 'rendering' }, work)).rejects.toMatchObject({
    code: 'GRYM_DEADLINE_EXCEEDED',
    message: 'rendering did not finish within 10 ms.',
  });
  expect(signal?.aborted).toBe(true);
});

test('work that gets on may take any time; work that says the same again and again stands still', async () => {
  const options = { milliseconds: 200, what: 'rendering' };
  const inSteps = async (_signal: AbortSignal, onProgress: (fraction: number) => void): Promise<string> => {
    // Twice, as after the death of a model's process at the end.
    for (const step of [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8]) {
      await systemClock.sleep(50);
      onProgress(step / 8);
    }
    return 'done';
  };
  expect(await whileProgressing(options, inSteps)).toBe('done');
  let told = 0;
  const standing = async (signal: AbortSignal, onProgress: (fraction: number) => void): Promise<never> => {
    for (;;) {
      onProgress(0.5);
      told += 1;
      await systemClock.sleep(20, signal);
    }
  };
  await expect(whileProgressing(options, standing)).rejects.toMatchObject({
    code: 'GRYM_STALLED',
    message: 'rendering made no progress for 200 ms.',
  });
  expect(told).toBeGreaterThan(1);
});

test('progress after the end starts nothing anew', async () => {
  let tell: (fraction: number) => void = () => undefined;
  const quick = (_signal: AbortSignal, onProgress: (fraction: number) => void): Promise<number> => {
    tell = onProgress;
    return Promise.resolve(1);
  };
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await whileProgressing({ milliseconds: 60_000, what: 'rendering' }, quick);
  tell(1);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
});

test('a cancel by the caller wins over the deadline', async () => {
  const controller = new AbortController();
  const outcome = withDeadline({ milliseconds: 10_000, what: 'rendering', signal: controller.signal }, never);
  controller.abort();
  await expect(outcome).rejects.toMatchObject({ code: 'GRYM_CANCELLED', message: 'Cancelled: rendering.' });
});

test("an error of the catalogue as the signal's reason is handed through", () => {
  const reason = new GrymError('GRYM_SHUTTING_DOWN', {});
  expect(() => throwIfCancelled(AbortSignal.abort(reason), 'x')).toThrow(reason);
});

test('work that is done in time gives its result, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => ((listeners += 1), add(...given));
  signal.removeEventListener = (...given: Parameters<typeof remove>) => ((listeners -= 1), remove(...given));
  expect(await withDeadline({ milliseconds: 1_000, what: 'x', signal }, () => Promise.resolve(7))).toBe(7);
  expect(await untilCancelled(Promise.resolve(8), signal, 'x')).toBe(8);
  expect(listeners).toBe(0);
});

test('work that fails after its deadline is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const late = (): Promise<void> => systemClock.sleep(20).then(() => Promise.reject(new Error('late')));
  await expect(withDeadline({ milliseconds: 5, what: 'x' }, late)).rejects.toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
  await systemClock.sleep(40);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('sleep ends early when it is cancelled', async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.timeout(5))).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});
