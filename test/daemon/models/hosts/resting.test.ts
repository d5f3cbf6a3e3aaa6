import { setImmediate as turn } from 'node:timers/promises';
import { createLogger, GrymError } from '../../../../daemon/kernel/index.js';
import type { HostPoolOptions, PooledHost } from '../../../../daemon/models/hosts/host-pool-options.js';
import { HostPool } from '../../../../daemon/models/hosts/host-pool.js';
import { HostDiedError, type HostEnd, type HostReply } from '../../../../daemon/models/hosts/model-host.js';
import { FakeClock } from '../../doubles/index.js';
import { endHosts, startHosts, testCall, testModel } from './support/test-hosts.js';

afterEach(endHosts);

const DEATH: HostEnd = { unplanned: true, words: 'killed by SIGSEGV', exit: { code: null, signal: 'SIGSEGV', words: 'killed by SIGSEGV' } };

/** A host that loads at once and whose tasks do as they are told. */
class FakeHost implements PooledHost {
  state: PooledHost['state'] = 'starting';
  idleSinceMs = 0;
  tasksDone = 0;
  processId = 1;
  residentBytes = 0;
  sharedBytes = 0;
  isEnding = false;
  private settle: (end: HostEnd) => void = () => undefined;
  readonly ended = new Promise<HostEnd>((resolve) => (this.settle = resolve));

  constructor(private readonly behaviour: 'works' | 'dies' | 'dies while loading') {}

  heartbeat(): number {
    return 0;
  }

  async load(): Promise<void> {
    if (this.behaviour === 'dies while loading') this.die();
    this.state = 'idle';
  }

  async run(): Promise<HostReply> {
    if (this.behaviour === 'dies') this.die();
    return { result: 'worked', tensors: {} };
  }

  kill(): void {
    this.isEnding = true;
    this.settle({ ...DEATH, unplanned: false });
  }

  async end(): Promise<void> {
    this.kill();
  }

  private die(): never {
    this.isEnding = true;
    this.settle(DEATH);
    throw new HostDiedError(DEATH);
  }
}

function startPool(
  behaviour: () => 'works' | 'dies' | 'dies while loading',
  maximumHosts = 1,
): { pool: HostPool; clock: FakeClock; startsMs: number[] } {
  const clock = new FakeClock();
  const startsMs: number[] = [];
  const createHost = (): FakeHost => {
    startsMs.push(clock.monotonicMs());
    return new FakeHost(behaviour());
  };
  const lease: HostPoolOptions['room'] = {
    lease: async () => ({ threads: 0, memoryBytes: 0, release: () => undefined }),
    offer: () => undefined,
  };
  const pool = new HostPool({
    ...{
      model: testModel(),
      createHost,
      room: lease,
      takeThreads: async () => ({ threads: 1, memoryBytes: 0, release: () => undefined }),
      threads: 1,
      maximumHosts,
      maximumWaiting: 2,
      waitMs: 60_000,
      maximumDeaths: 3,
      restMs: 30_000,
    },
    ...{ clock, timers: clock, random: () => 1, logger: createLogger({ level: 'silent', format: 'json' }), onEvent: () => undefined },
  });
  return { pool, clock, startsMs };
}

const failureOf = (promise: Promise<unknown>): Promise<GrymError> =>
  promise.then(
    () => new GrymError('GRYM_INTERNAL', { reason: 'it worked' }),
    (error: GrymError) => error,
  );

test('each start after a death waits longer; after three in a row the model rests, and then tries once more', async () => {
  let behaviour: 'works' | 'dies' = 'dies';
  const { pool, clock, startsMs } = startPool(() => behaviour);
  expect(await clock.turnUntil(failureOf(pool.call(testCall('x'))))).toMatchObject({
    code: 'GRYM_MODEL_HOST_DIED',
    details: { signal: 'SIGSEGV' },
  });
  expect(await clock.turnUntil(failureOf(pool.call(testCall('x'))))).toMatchObject({ code: 'GRYM_MODEL_HOST_DIED' });
  expect(startsMs).toEqual([0, 200, 600]);
  expect(await failureOf(pool.call(testCall('x')))).toMatchObject({
    code: 'GRYM_MODEL_HOST_RESTING',
    kind: 'resource',
    message: 'The process of the model test-model has ended 3 times in a row and was not started again: killed by SIGSEGV.',
    remedy: 'See the log for the cause; the next request after 30 s tries once more.',
  });
  expect(pool.views()).toMatchObject([{ state: 'resting', deaths: 3, processId: null }]);

  await clock.turn(30_000);
  behaviour = 'works';
  expect(await clock.turnUntil(pool.call(testCall('x')))).toMatchObject({ result: 'worked', retries: 0 });
  expect(startsMs).toHaveLength(4);
  expect(pool.views()).toMatchObject([{ state: 'idle', deaths: 3 }]);
});

test('after one that works, the delays begin anew', async () => {
  const behaviours = ['dies', 'works'] as const;
  let start = 0;
  const { pool, clock, startsMs } = startPool(() => behaviours[start++ % 2] ?? 'works');
  for (let round = 0; round < 3; round += 1) {
    expect(await clock.turnUntil(pool.call(testCall('x')))).toMatchObject({ retries: 1 });
    await pool.unload();
  }
  expect(startsMs).toEqual([0, 200, 200, 400, 400, 600]);
});

test('processes that die while they load are started again until the model rests, and all who wait are told', async () => {
  const { pool, clock, startsMs } = startPool(() => 'dies while loading');
  const calls = [failureOf(pool.call(testCall('x'))), failureOf(pool.call(testCall('x')))];
  for (const call of calls) expect(await clock.turnUntil(call)).toMatchObject({ code: 'GRYM_MODEL_HOST_RESTING' });
  expect(startsMs).toEqual([0, 200, 600]);
});

test('a model of which one process works does not rest for the deaths of others', async () => {
  let behaviour: 'works' | 'dies while loading' = 'works';
  const { pool, clock, startsMs } = startPool(() => behaviour, 2);
  await pool.call(testCall('x'));
  const [host] = pool.processes();
  if (host === undefined) throw new Error('no host');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  host.run = async () => {
    host.state = 'busy';
    await held;
    host.state = 'idle';
    return { result: 'late', tensors: {} };
  };
  behaviour = 'dies while loading';
  const calls = [pool.call(testCall('x')), pool.call(testCall('x'))];
  while (startsMs.length < 4) await clock.turn(200);
  release();
  expect(await clock.turnUntil(Promise.all(calls))).toHaveLength(2);
  behaviour = 'works';
  await pool.unload();
  expect(await clock.turnUntil(pool.call(testCall('x')))).toMatchObject({ result: 'worked' });
});

test('more calls than may wait are refused, and one that waits too long is told', async () => {
  const { pool, clock } = startPool(() => 'works');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const busy = pool.call({ ...testCall('x'), signal: new AbortController().signal });
  await busy;
  const [host] = pool.processes();
  if (host === undefined) throw new Error('no host');
  host.run = async () => {
    host.state = 'busy';
    await held;
    host.state = 'idle';
    return { result: 'late', tensors: {} };
  };
  const running = pool.call(testCall('x'));
  await turn();
  const waiting = [failureOf(pool.call(testCall('x'))), failureOf(pool.call(testCall('x')))];
  expect(await failureOf(pool.call(testCall('x')))).toMatchObject({ code: 'GRYM_MODEL_HOST_BUSY', details: { waiting: 2 } });
  await clock.turn(60_000);
  for (const call of waiting) expect(await call).toMatchObject({ code: 'GRYM_DEADLINE_EXCEEDED' });
  release();
  expect(await running).toMatchObject({ result: 'late' });
});

test('a real process that dies again and again rests too', async () => {
  const { hosts } = startHosts({ maximumDeaths: 2 });
  expect(await failureOf(hosts.call(testModel('broken', '/dies-while-loading'), testCall('echo')))).toMatchObject({
    code: 'GRYM_MODEL_HOST_RESTING',
  });
  expect(hosts.views()).toMatchObject([{ modelId: 'broken', state: 'resting', deaths: 2 }]);
});
