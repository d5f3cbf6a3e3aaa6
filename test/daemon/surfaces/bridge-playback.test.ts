import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge, FakeClient, segmentFacts } from './support/fake-bridge.js';

let daemon: DaemonUnderTest;
let bridge: FakeBridge;
let client: FakeClient;
beforeEach(async () => {
  daemon = await startTestDaemon();
  bridge = await FakeBridge.connect(daemon.port, daemon.token, {
    slots: [{ slot: 3, state: 'ready', hash: 'b'.repeat(64), revision: 0, problem: null }],
  });
  client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token, { subscribe: ['slots'] });
});
afterEach(async () => {
  await client.close();
  await bridge.close();
  await daemon.end();
});

const place = { slot: 3, frame: 1_000, songQuarters: 4, commandId: 0 };

async function listed(): Promise<unknown> {
  const reply = await client.request('list-bridges');
  return (reply.result as { bridges: { slots: unknown[] }[] }).bridges[0]?.slots[3];
}

function hear(...kinds: ('armed' | 'launched' | 'disarmed' | 'slot-ended' | 'paused' | 'resumed')[]): void {
  daemon.audioPath.emit(segmentFacts('a').name, ...kinds.map((kind) => ({ ...place, kind })));
}

function hearOffTempo(offTempo: boolean): void {
  daemon.audioPath.emit(segmentFacts('a').name, { ...place, kind: 'off-tempo', offTempo });
}

test('a slot that the transport pauses is listed as paused, until it resumes', async () => {
  hear('launched', 'paused');
  expect(await listed()).toMatchObject({ playback: 'paused' });
  hear('resumed');
  expect(await listed()).toMatchObject({ playback: 'playing' });
  await client.expect('event', ({ name }) => name === 'resumed');
});

test('off tempo is listed and published when it begins, and gone when the slot pauses, ends or starts anew', async () => {
  hear('launched');
  expect(await listed()).toMatchObject({ offTempo: false });
  hearOffTempo(true);
  expect(await listed()).toMatchObject({ playback: 'playing', offTempo: true });
  const event = await client.expect('event', ({ name }) => name === 'off-tempo');
  expect(event).toMatchObject({ class: 'slots', data: { slot: 3, offTempo: true } });
  hearOffTempo(false);
  expect(await listed()).toMatchObject({ playback: 'playing', offTempo: false });
  for (const end of ['paused', 'slot-ended', 'launched'] as const) {
    hearOffTempo(true);
    hear(end);
    expect(await listed()).toMatchObject({ offTempo: false });
  }
});

test('a launch that is armed and taken back while a clip sounds leaves it sounding', async () => {
  hear('launched', 'armed');
  expect(await listed()).toMatchObject({ playback: 'playing' });
  hear('disarmed');
  expect(await listed()).toMatchObject({ playback: 'playing' });
  hear('slot-ended', 'armed');
  expect(await listed()).toMatchObject({ playback: 'armed' });
  hear('disarmed');
  expect(await listed()).toMatchObject({ playback: 'stopped' });
});
