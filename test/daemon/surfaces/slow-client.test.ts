import { setTimeout as wait } from 'node:timers/promises';
import { CLOSE_CODES } from '../../../protocol/index.js';
import { Outbox, type OutboxLimits } from '../../../daemon/surfaces/bridge/outbox.js';
import { startTestDaemon } from './support/daemon-under-test.js';
import { FakeBridge, FakeClient, segmentFacts } from './support/fake-bridge.js';

const LIMITS: OutboxLimits = { bulkBytes: 100, eventBytes: 1_000, closeBytes: 10_000 };

function outboxAt(bufferedAmount: number): { outbox: Outbox; sent: unknown[]; givenUp: number[] } {
  const sent: unknown[] = [];
  const givenUp: number[] = [];
  const outbox = new Outbox({ bufferedAmount, send: (data) => void sent.push(data) }, LIMITS, (bytes) => givenUp.push(bytes));
  return { outbox, sent, givenUp };
}

test.each([
  [0, ['bulk', 'event', 'reply'], { event: 0, bulk: 0 }],
  [100, ['bulk', 'event', 'reply'], { event: 0, bulk: 0 }],
  [101, ['event', 'reply'], { event: 0, bulk: 1 }],
  [1_001, ['reply'], { event: 1, bulk: 1 }],
])('with %i unsent bytes %j are sent and the rest is counted', (unsent, expected, dropped) => {
  const { outbox, sent, givenUp } = outboxAt(unsent);
  for (const importance of ['bulk', 'event', 'reply'] as const) outbox.send(importance, importance);
  expect(sent).toEqual(expected);
  expect(outbox.dropped).toEqual(dropped);
  expect(givenUp).toEqual([]);
});

test('a client whose replies pile up is given up once', () => {
  const { outbox, sent, givenUp } = outboxAt(10_001);
  outbox.send('one', 'reply');
  outbox.send('two', 'reply');
  expect(sent).toEqual([]);
  expect(givenUp).toEqual([10_001]);
});

test('a client that stops reading loses meters first, then its connection; the others notice nothing', async () => {
  const limits = { bulkBytes: 16 * 1024, eventBytes: 64 * 1024, closeBytes: 512 * 1024 };
  const daemon = await startTestDaemon({ outbox: limits, requestsPerSecond: 1e6, requestBurst: 1e6, closeGraceMs: 200 });
  const slow = await FakeClient.open(daemon.port);
  await slow.identify(daemon.token, { subscribe: ['meters', 'slots'] });
  const reader = await FakeClient.open(daemon.port);
  await reader.identify(daemon.token);
  const bridge = await FakeBridge.connect(daemon.port, daemon.token);
  slow.socket.pause();
  // Replies of some kilobytes each, until the kernel's buffers and the daemon's limit are full.
  let id = 0;
  const deadline = Date.now() + 20_000;
  const gaveUp = (): boolean => daemon.logLines.some((line) => line.includes('GRYM_CLIENT_TOO_SLOW'));
  while (!gaveUp() && Date.now() < deadline) {
    for (let count = 0; count < 50; count += 1) slow.send({ type: 'request', id: id++, action: 'list-bridges', params: {} });
    daemon.audioPath.emit(segmentFacts('a').name, { kind: 'armed', slot: 1, frame: 1, songQuarters: 0, commandId: 1 });
    await wait(5);
  }
  expect(gaveUp()).toBe(true);
  expect((await reader.request('status')).result).toMatchObject({ bridges: { connected: 1 } });
  slow.socket.resume();
  // The close frame waits behind what was not read; the connection is cut when it does not get through in time.
  expect([CLOSE_CODES.tooSlow, 1006]).toContain((await slow.closed).code);
  await bridge.close();
  await reader.close();
  await daemon.end();
}, 40_000);

test('a client that answers no ping is cut off', async () => {
  const daemon = await startTestDaemon({ heartbeatIntervalMs: 50, heartbeatDeadlineMs: 200 });
  const dead = await FakeClient.open(daemon.port);
  await dead.identify(daemon.token);
  dead.socket.pong = () => undefined;
  const silent = dead.socket as unknown as { _autoPong: boolean };
  silent._autoPong = false;
  expect((await dead.closed).code).toBe(1006);
  const alive = await FakeClient.open(daemon.port);
  await alive.identify(daemon.token);
  await wait(500);
  expect((await alive.request('status')).error).toBeUndefined();
  await alive.close();
  await daemon.end();
});
