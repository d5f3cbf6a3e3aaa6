import { setTimeout as wait } from 'node:timers/promises';
import { CLOSE_CODES } from '../../../protocol/index.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge, FakeClient } from './support/fake-bridge.js';

let daemon: DaemonUnderTest;
beforeEach(async () => {
  daemon = await startTestDaemon({ requestsPerSecond: 50, requestBurst: 60, maximumParallelRequests: 4, maximumMalformedMessages: 3 });
});
afterEach(() => daemon.end());

async function identified(): Promise<FakeClient> {
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  return client;
}

test('a cancelled request stops the generator and is answered once, as cancelled', async () => {
  daemon.generator.holds = true;
  const client = await identified();
  client.send({ type: 'request', id: 7, action: 'generate', params: { prompt: 'sine' } });
  await client.expect('progress', ({ id, stage }) => id === 7 && stage === 'synthesising');
  client.send({ type: 'cancel', id: 7 });
  const reply = await client.expect('reply', ({ id }) => id === 7);
  expect(reply.error).toMatchObject({ code: 'GRYM_CANCELLED', kind: 'cancelled' });
  await client.request('status');
  expect(client.received.filter((message) => message.type === 'reply' && message.id === 7)).toHaveLength(1);
  expect(daemon.generator.cancelled).toBe(1);
});

test('a client that goes away takes its requests back', async () => {
  daemon.generator.holds = true;
  const client = await identified();
  client.send({ type: 'request', id: 1, action: 'generate', params: { prompt: 'sine' } });
  await client.expect('progress', ({ stage }) => stage === 'synthesising');
  client.socket.terminate();
  const other = await identified();
  for (let tries = 0; daemon.generator.cancelled === 0 && tries < 100; tries += 1) await wait(10);
  expect(daemon.generator.cancelled).toBe(1);
  expect((await other.request('list-runs', { state: 'cancelled' })).result).toMatchObject({ runs: [{ state: 'cancelled' }] });
});

test('generate without waiting names the run, which goes on when the client has gone', async () => {
  const client = await identified();
  const { result } = await client.request('generate', { prompt: 'sine', wait: false });
  expect(result).toMatchObject({ clip: null, runId: expect.any(String) });
  await client.close();
  const other = await identified();
  for (let tries = 0; tries < 100; tries += 1) {
    const listed = (await other.request('list-runs')).result as { runs: { state: string }[] };
    if (listed.runs[0]?.state === 'done') return;
    await wait(20);
  }
  throw new Error('the run did not end');
});

test('too many requests under way are refused, each with its reply', async () => {
  daemon.generator.holds = true;
  const client = await identified();
  for (let id = 0; id < 4; id += 1) client.send({ type: 'request', id, action: 'generate', params: { prompt: `sine ${id}` } });
  client.send({ type: 'request', id: 4, action: 'status', params: {} });
  expect((await client.expect('reply', ({ id }) => id === 4)).error?.code).toBe('GRYM_REQUEST_TOO_MANY');
  for (let id = 0; id < 4; id += 1) client.send({ type: 'cancel', id });
  for (let id = 0; id < 4; id += 1) await client.expect('reply', (reply) => reply.id === id);
  client.send({ type: 'request', id: 5, action: 'status', params: {} });
  expect((await client.expect('reply', ({ id }) => id === 5)).error).toBeUndefined();
});

test('a flood of requests is bounded and every one is answered', async () => {
  const client = await identified();
  for (let id = 100; id < 300; id += 1) client.send({ type: 'request', id, action: 'list-bridges', params: {} });
  const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => client.expect('reply', ({ id }) => id === 100 + index)));
  const refused = replies.filter((reply) => reply.error?.code === 'GRYM_REQUEST_TOO_MANY').length;
  expect(refused).toBeGreaterThan(100);
  expect(refused).toBeLessThan(200);
});

test('an id that is in use is a fault, not a second reply', async () => {
  daemon.generator.holds = true;
  const client = await identified();
  client.send({ type: 'request', id: 1, action: 'generate', params: { prompt: 'sine' } });
  client.send({ type: 'request', id: 1, action: 'status', params: {} });
  expect((await client.expect('fault')).error.code).toBe('GRYM_REQUEST_DUPLICATE');
  client.send({ type: 'cancel', id: 1 });
  expect((await client.expect('reply')).error?.code).toBe('GRYM_CANCELLED');
});

test('a malformed message is a fault; too many of them close the connection', async () => {
  const client = await identified();
  for (let count = 0; count < 3; count += 1) client.socket.send(Buffer.from([0xc1]));
  expect((await client.expect('fault')).error.code).toBe('GRYM_MESSAGE_MALFORMED');
  expect((await client.request('status')).error).toBeUndefined();
  client.socket.send(Buffer.from([0xc1]));
  expect((await client.closed).code).toBe(CLOSE_CODES.badMessage);
});

test('a message larger than the limit ends that connection only', async () => {
  const client = await identified();
  const other = await identified();
  client.socket.send(Buffer.alloc(300 * 1024));
  expect((await client.closed).code).toBe(1009);
  expect((await other.request('status')).error).toBeUndefined();
});

test('a stopping daemon tells its clients, and an open run continues with the next start', async () => {
  daemon.generator.holds = true;
  const client = await identified();
  client.send({ type: 'request', id: 1, action: 'generate', params: { prompt: 'sine' } });
  await client.expect('progress', ({ stage }) => stage === 'synthesising');
  await daemon.stop();
  expect((await client.expect('reply')).error?.code).toBe('GRYM_SHUTTING_DOWN');
  expect((await client.closed).code).toBe(CLOSE_CODES.shuttingDown);
});

test('shutdown answers before the daemon stops', async () => {
  const client = await identified();
  expect((await client.request('shutdown')).result).toEqual({ processId: process.pid });
  await daemon.stopRequested;
});

test('slot-report from a client that is no bridge is a fault', async () => {
  const client = await identified();
  client.send({ type: 'slot-report', slots: [] });
  expect((await client.expect('fault')).error.message).toMatch(/no bridge/);
});

test('a bridge is told when the daemon goes', async () => {
  const bridge = await FakeBridge.connect(daemon.port, daemon.token);
  await daemon.stop();
  expect((await bridge.closed).code).toBe(CLOSE_CODES.shuttingDown);
});
