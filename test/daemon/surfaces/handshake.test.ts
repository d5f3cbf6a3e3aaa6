import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { CLOSE_CODES, SUBPROTOCOLS, type ClientMessage } from '../../../protocol/index.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeClient } from './support/fake-bridge.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon({ identifyDeadlineMs: 300 });
});
afterAll(() => daemon.end());

const identify = (changes: Partial<Extract<ClientMessage, { type: 'identify' }>> = {}): ClientMessage => ({
  type: 'identify',
  token: daemon.token,
  protocolVersions: [1],
  clientName: 'test',
  clientVersion: '0',
  bridge: null,
  subscribe: [],
  ...changes,
});

describe.each(Object.values(SUBPROTOCOLS))('the handshake over %s', (subprotocol) => {
  test('hello comes first, identified after the right token', async () => {
    const client = await FakeClient.open(daemon.port, { subprotocol });
    const hello = await client.expect('hello');
    expect(hello.protocolVersions).toEqual([1]);
    const identified = await client.identify(daemon.token);
    expect(identified).toMatchObject({ protocolVersion: 1, bridgeId: null, clipFolder: daemon.configuration.paths.clipFolder });
    await client.close();
  });

  test.each([
    ['a wrong token', () => identify({ token: '0'.repeat(64) }), 'wrongToken', /GRYM_TOKEN_WRONG/],
    ['an empty token', () => identify({ token: '' }), 'wrongToken', /GRYM_TOKEN_WRONG/],
    [
      'a protocol that is too old or too new',
      () => identify({ protocolVersions: [99, 98] }),
      'unsupportedProtocol',
      /daemon speaks protocol 1, the client 99, 98/,
    ],
    [
      'a request before identify',
      () => ({ type: 'request', id: 1, action: 'status', params: {} }),
      'badMessage',
      /expected identify first, got request/,
    ],
  ] as const)('%s closes with its own code, and nothing but hello was sent', async (_, message, name, reason) => {
    const client = await FakeClient.open(daemon.port, { subprotocol });
    client.send(message() as ClientMessage);
    const closed = await client.closed;
    expect(closed.code).toBe(CLOSE_CODES[name]);
    expect(closed.reason).toMatch(reason);
    expect(client.received.map(({ type }) => type)).toEqual(['hello']);
  });

  test('bytes that are no message close with badMessage', async () => {
    const client = await FakeClient.open(daemon.port, { subprotocol });
    client.socket.send(subprotocol === SUBPROTOCOLS.json ? '{"type":' : Buffer.from([0xc1, 0xff, 0x00]));
    expect((await client.closed).code).toBe(CLOSE_CODES.badMessage);
  });

  test('a second identify closes with alreadyIdentified', async () => {
    const client = await FakeClient.open(daemon.port, { subprotocol });
    await client.identify(daemon.token);
    client.send(identify());
    expect((await client.closed).code).toBe(CLOSE_CODES.alreadyIdentified);
  });
});

test('a client that does not identify in time is closed', async () => {
  const client = await FakeClient.open(daemon.port);
  const closed = await client.closed;
  expect(closed).toMatchObject({ code: CLOSE_CODES.identifyTimeout, reason: expect.stringMatching(/within 300 ms/) });
});

test('an identified client may be silent for longer than that', async () => {
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  await wait(400);
  expect((await client.request('status')).error).toBeUndefined();
  await client.close();
});

/** Status of an upgrade request with these headers; 101 where it was accepted. */
function upgradeStatus(headers: Record<string, string>, path = '/ws'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: daemon.port,
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': SUBPROTOCOLS.msgpack,
        ...headers,
      },
    });
    asked.on('response', (response) => resolve(response.statusCode ?? 0));
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('Host and Origin', () => {
  const port = (): number => daemon.port;
  test.each<[string, () => Record<string, string>, number]>([
    ['no Origin', () => ({}), 101],
    ['localhost', () => ({ Host: `localhost:${port()}` }), 101],
    ['IPv6 loopback', () => ({ Host: `[::1]:${port()}` }), 101],
    ['its own Origin', () => ({ Origin: `http://127.0.0.1:${port()}` }), 101],
    ['Origin null', () => ({ Origin: 'null' }), 403],
    ['a foreign Origin', () => ({ Origin: 'https://example.org' }), 403],
    ['a loopback Origin of another port', () => ({ Origin: 'http://127.0.0.1:1' }), 403],
    ['https instead of http', () => ({ Origin: `https://127.0.0.1:${port()}` }), 403],
    ['a foreign Host', () => ({ Host: `attacker.example:${port()}` }), 403],
    ['the Host without the port', () => ({ Host: '127.0.0.1' }), 403],
    ['an older subprotocol', () => ({ 'Sec-WebSocket-Protocol': 'grym.v0.msgpack' }), 400],
  ])('%s', async (_, headers, status) => {
    expect(await upgradeStatus(headers())).toBe(status);
  });

  test('another path is not found', async () => {
    expect(await upgradeStatus({}, '/socket')).toBe(404);
  });
});
