import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GrymError, systemTimers, type Timers } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { endHosts, isAlive, startHosts, testCall, testModel, until } from './support/test-hosts.js';

const folder = temporaryFolders();
afterEach(endHosts);

const lines = (path: string): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);

test('a runner that looks between its steps stops within one step, and its process stays', async () => {
  const { hosts } = startHosts();
  const trace = join(folder(), 'steps');
  const cancelling = new AbortController();
  const running = hosts.call(testModel(), testCall('steps', { count: 1000, milliseconds: 20, trace }, { signal: cancelling.signal }));
  await until('some steps are done', () => lines(trace) >= 3);
  const [processId] = hosts.views().map((view) => view.processId);
  const atCancel = lines(trace);
  cancelling.abort();
  await expect(running).rejects.toMatchObject({ code: 'GRYM_CANCELLED', message: 'Cancelled: testing steps.' });
  // One step may have been under way, and its line may have been written between the count and the cancel.
  expect(lines(trace) - atCancel).toBeLessThanOrEqual(2);
  expect(await hosts.call(testModel(), testCall('echo'))).toMatchObject({ retries: 0 });
  expect(hosts.views()).toMatchObject([{ processId, tasksDone: 2, deaths: 0 }]);
});

test('a runner that does not look is ended with its process: nothing computes any more 500 ms after the cancel', async () => {
  const delaysMs: number[] = [];
  const timers: Timers = { after: (delayMs, act, options) => (delaysMs.push(delayMs), systemTimers.after(delayMs, act, options)) };
  const { hosts } = startHosts({ timers });
  await hosts.call(testModel(), testCall('echo'));
  const [view] = hosts.views();
  const marker = join(folder(), 'blocks');
  const cancelling = new AbortController();
  const running = hosts.call(testModel(), testCall('blockOnce', { marker, milliseconds: 60_000 }, { signal: cancelling.signal }));
  await until('it blocks', () => existsSync(marker));
  delaysMs.length = 0;
  cancelling.abort(new GrymError('GRYM_CANCELLED', { what: 'the user has left' }));
  const [graceMs] = delaysMs;
  await expect(running).rejects.toMatchObject({ message: 'Cancelled: the user has left.' });
  expect(graceMs).toBeLessThan(500);
  expect(isAlive(view?.processId ?? 0)).toBe(false);
  // Wanted, so no death, and the next call gets a new process.
  expect(await hosts.call(testModel(), testCall('echo'))).toMatchObject({ retries: 0 });
  expect(hosts.views()).toMatchObject([{ deaths: 0 }]);
});

test('a call that still waits for its turn leaves at once', async () => {
  const { hosts } = startHosts();
  const ending = new AbortController();
  const first = hosts.call(testModel(), testCall('steps', { count: 1000, milliseconds: 5 }, { signal: ending.signal }));
  const cancelling = new AbortController();
  const second = hosts.call(testModel(), testCall('echo', {}, { signal: cancelling.signal }));
  cancelling.abort();
  await expect(second).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
  ending.abort();
  await expect(first).rejects.toMatchObject({ code: 'GRYM_CANCELLED' });
});

test('who has cancelled before the call starts no process', async () => {
  const { hosts } = startHosts();
  await expect(hosts.call(testModel(), testCall('echo', {}, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
    code: 'GRYM_CANCELLED',
  });
  expect(hosts.views()).toEqual([]);
});
