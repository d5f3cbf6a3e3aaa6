import { setTimeout as wait } from 'node:timers/promises';
import { createLogger } from '../../../daemon/kernel/index.js';
import { delayOf } from '../../../daemon/monitoring/event-loop-histogram.js';
import { EventLoopMonitor } from '../../../daemon/monitoring/index.js';
import { FakeClock } from '../doubles/index.js';

const log: string[] = [];
const logger = createLogger({ level: 'warn', format: 'plain', write: (line) => log.push(line) });
const monitors: EventLoopMonitor[] = [];
const start = (options: Partial<ConstructorParameters<typeof EventLoopMonitor>[0]> = {}): EventLoopMonitor => {
  const monitor = new EventLoopMonitor({ logger, ...options });
  monitors.push(monitor);
  return monitor;
};
afterEach(() => monitors.splice(0).forEach((monitor) => monitor.dispose()));

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('a loop that was held up for 80 ms shows it, now and for a minute', async () => {
  const clock = new FakeClock();
  const monitor = start({ timers: clock });
  await wait(20);
  block(80);
  await wait(20);
  const { sinceStart, lastMinute } = monitor.eventLoop();
  for (const { maxMs, p99Ms, p50Ms } of [sinceStart, lastMinute]) {
    expect(maxMs).toBeGreaterThan(70);
    expect(p99Ms).toBeLessThanOrEqual(maxMs);
    expect(p50Ms).toBeLessThan(60);
  }
  await clock.turn(55_000);
  expect(monitor.eventLoop().lastMinute.maxMs).toBeGreaterThan(70);
  await clock.turn(10_000);
  expect(monitor.eventLoop().lastMinute.maxMs).toBeLessThan(70);
  expect(monitor.eventLoop().sinceStart.maxMs).toBeGreaterThan(70);
});

test('work that blocks for more than 20 ms is counted and logged under its name, also where it throws', () => {
  const clock = new FakeClock();
  let nowMs = 0;
  const monitor = start({ clock: { ...clock, monotonicMs: () => nowMs, nowMs: () => 0, sleep: async () => undefined } });
  const take = (name: string, milliseconds: number): number => monitor.measure(name, () => (nowMs += milliseconds));
  take('quick', 20);
  take('slow', 21);
  take('slow', 50);
  expect(() =>
    monitor.measure('broken', () => {
      nowMs += 30;
      throw new Error('a mistake');
    }),
  ).toThrow('a mistake');
  expect(monitor.eventLoop().blocks).toEqual([
    { name: 'slow', count: 2, longestMs: 50 },
    { name: 'broken', count: 1, longestMs: 30 },
  ]);
  expect(log.filter((line) => line.includes('by=slow milliseconds=50')).length).toBe(1);
});

test('percentiles over several histograms weigh each measurement once, and leave the interval out', () => {
  const quiet = [{ nanoseconds: 2.1e6, count: 980 }];
  const loud = [
    { nanoseconds: 7e6, count: 15 },
    { nanoseconds: 52e6, count: 5 },
  ];
  expect(delayOf([loud, quiet], 2)).toEqual({ p50Ms: expect.closeTo(0.1), p99Ms: 5, maxMs: 50 });
  expect(delayOf([], 2)).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0 });
});
