import { CLOSE_CODES } from '../../../protocol/index.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { FakeBridge, FakeClient, bridgeFacts, segmentFacts } from './support/fake-bridge.js';
import { sharedMemory, type SegmentHeader } from './support/shared-memory.js';

let daemon: DaemonUnderTest;
const open: FakeClient[] = [];
beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
  await daemon.end();
});

async function connectBridge(
  ...[facts, options]: [Parameters<typeof FakeBridge.connect>[2]?, Parameters<typeof FakeBridge.connect>[3]?]
): Promise<FakeBridge> {
  const bridge = await FakeBridge.connect(daemon.port, daemon.token, facts, options);
  open.push(bridge);
  return bridge;
}

async function connectClient(subscribe: ('bridges' | 'slots' | 'macros' | 'meters' | 'clips' | 'runs')[] = []): Promise<FakeClient> {
  const client = await FakeClient.open(daemon.port);
  open.push(client);
  await client.identify(daemon.token, { subscribe });
  return client;
}

interface ListedBridge {
  bridgeId: string;
  name: string;
  connected: boolean;
  segment: string | null;
  segmentProblem: string | null;
  reconnects: number;
  lateCalls: number;
  transport: unknown;
  slots: { slot: number; state: string; playback: string; hash: string | null; clipName: string | null }[];
}

async function listBridges(client: FakeClient): Promise<ListedBridge[]> {
  const reply = await client.request('list-bridges');
  return (reply.result as { bridges: ListedBridge[] }).bridges;
}

test('a bridge is listed with its facts and the transport of its segment', async () => {
  const bridge = await connectBridge();
  const client = await connectClient();
  const [listed] = await listBridges(client);
  expect(bridge.bridgeId).toBe(bridgeFacts().bridgeId);
  expect(listed).toMatchObject({
    bridgeId: bridge.bridgeId,
    name: 'Bass',
    connected: true,
    segment: segmentFacts('a').name,
    segmentProblem: null,
  });
  expect(listed?.transport).toEqual({ playing: false, songQuarters: 0, tempoBpm: 97, numerator: 3, denominator: 4 });
  expect(listed?.slots).toHaveLength(16);
});

test('a copied track gets a new id, and both are listed', async () => {
  const original = await connectBridge();
  const copy = await connectBridge({ segment: segmentFacts('b') });
  expect(copy.bridgeId).not.toBe(original.bridgeId);
  const listed = await listBridges(await connectClient());
  expect(listed.map(({ bridgeId }) => bridgeId).sort()).toEqual([original.bridgeId, copy.bridgeId].sort());
});

test('the same instance that connects again takes the place of its old connection', async () => {
  const old = await connectBridge();
  const again = await connectBridge();
  expect(again.bridgeId).toBe(old.bridgeId);
  expect((await old.closed).code).toBe(CLOSE_CODES.bridgeReplaced);
  const listed = await listBridges(await connectClient());
  expect(listed).toHaveLength(1);
  expect(listed[0]).toMatchObject({ connected: true, reconnects: 1 });
  expect(daemon.audioPath.segment(segmentFacts('a').name).detached).toBe(false);
});

test('a bridge that went away stays listed as absent, its segment let go', async () => {
  const bridge = await connectBridge();
  const client = await connectClient(['bridges']);
  await bridge.close();
  await client.expect('event', ({ name }) => name === 'disconnected');
  expect((await listBridges(client))[0]).toMatchObject({ connected: false, segment: null });
  expect(daemon.audioPath.segments[0]?.detached).toBe(true);
  const reply = await client.request('launch', { slot: 0, bridge: 'Bass' });
  expect(reply.error?.code).toBe('GRYM_BRIDGE_ABSENT');
});

test('a new segment after a change of the sample rate replaces the old one', async () => {
  const bridge = await connectBridge();
  const client = await connectClient(['bridges']);
  bridge.send({ type: 'bridge-update', bridge: bridgeFacts({ sampleRate: 96_000, segment: segmentFacts('c', 2) }) });
  await client.expect('event', ({ name }) => name === 'changed');
  const [listed] = await listBridges(client);
  expect(listed).toMatchObject({ segment: segmentFacts('c', 2).name, sampleRate: 96_000 });
  expect(daemon.audioPath.segment(segmentFacts('a').name).detached).toBe(true);
});

test('a segment that cannot be believed is told, and the rest of the bridge works', async () => {
  daemon.audioPath.refused.add(segmentFacts('d').name);
  await connectBridge({ segment: segmentFacts('d') });
  const client = await connectClient();
  const [listed] = await listBridges(client);
  expect(listed).toMatchObject({ connected: true, segment: null });
  expect(listed?.segmentProblem).toMatch(/GRYM_SEGMENT_INVALID.*magic is wrong/);
  const generated = await client.request('generate', { prompt: 'sine', slot: 2 });
  expect(generated.result).toMatchObject({ state: 'done', target: { slot: 2 } });
  const launched = await client.request('launch', { slot: 2 });
  expect(launched.error).toMatchObject({ code: 'GRYM_BRIDGE_WITHOUT_SEGMENT' });
});

test.each([
  ['tempo', { tempoBpm: 500 }, 'GRYM_HOST_TEMPO_UNUSABLE', /host of the bridge Bass runs at 500 bpm; .*20 to 400/, { tempoBpm: 125 }],
  ['metre', { numerator: 90 }, 'GRYM_HOST_METRE_UNUSABLE', /host of the bridge Bass is in 90\/4/, { metre: '4/4' }],
] as const)("a %s of the host that no clip can have is the host's, and can be overridden", async (_, musical, code, sentence, own) => {
  await connectBridge();
  const client = await connectClient();
  const segment = daemon.audioPath.segment(segmentFacts('a').name);
  const { transport } = segment;
  if (transport?.musical) segment.transport = { ...transport, musical: { ...transport.musical, ...musical } };
  const refused = await client.request('generate', { prompt: 'sine' });
  expect(refused.error).toMatchObject({ code, message: expect.stringMatching(sentence), remedy: expect.stringMatching(/in the prompt/) });
  expect((await client.request('generate', { prompt: 'sine', ...own })).result).toMatchObject({ state: 'done' });
});

test.each<[string, Partial<SegmentHeader>]>([
  ['bridge', { bridgeId: '22222222-2222-4333-8444-555555555555' }],
  ['process', { pluginProcessId: 1 }],
  ['generation', { generation: 7 }],
  ['bytes', { bytes: 8_192 }],
  ['frames', { captureFrames: 1 }],
])('a segment whose header says another %s than the bridge announced is let go and told', async (what, other) => {
  const facts = bridgeFacts({ segment: segmentFacts('e') });
  const { name } = segmentFacts('e');
  const bridge = await FakeBridge.open(daemon.port);
  open.push(bridge);
  const header = sharedMemory.get(name);
  if (header !== undefined) sharedMemory.set(name, { ...header, ...other });
  await bridge.identify(daemon.token, { bridge: facts });
  const client = await connectClient();
  const [listed] = await listBridges(client);
  expect(listed).toMatchObject({ connected: true, segment: null });
  expect(listed?.segmentProblem).toMatch(new RegExp(`^GRYM_SEGMENT_INVALID: .*not what its plugin announced: it .*${what}`));
  expect(daemon.audioPath.segment(name).detached).toBe(true);
});

test('generate fits the host: its rate, tempo and metre, and the clip lands in the first free slot', async () => {
  await connectBridge({ slots: [{ slot: 0, state: 'ready', hash: 'a'.repeat(64), revision: 0, problem: null }] });
  const client = await connectClient();
  const { result } = await client.request('generate', { prompt: 'sine' });
  expect(daemon.generator.requests[0]).toMatchObject({ sampleRate: 44_100, tempoBpm: 97, metre: { numerator: 3, denominator: 4 } });
  expect(result).toMatchObject({
    state: 'done',
    tempoFrom: 'host',
    metreFrom: 'host',
    target: { bridge: 'Bass', slot: 1 },
    clip: { tempoBpm: 97 },
  });
});

test("the prompt's tempo beats the host's, a parameter beats both", async () => {
  await connectBridge();
  const client = await connectClient();
  await client.request('generate', { prompt: 'sine, 140 bpm' });
  expect(daemon.generator.requests[0]).toMatchObject({ tempoBpm: 140 });
  const { result } = await client.request('generate', { prompt: 'sine, 140 bpm', tempoBpm: 150 });
  expect(daemon.generator.requests[1]).toMatchObject({ tempoBpm: 150 });
  expect(result).toMatchObject({ tempoFrom: 'parameter' });
});

test('with several bridges and none named the clip stays in the library, and launch asks for a name', async () => {
  await connectBridge();
  await connectBridge({ bridgeId: '99999999-2222-4333-8444-555555555555', track: 'Drums', segment: segmentFacts('b') });
  const client = await connectClient();
  const generated = await client.request('generate', { prompt: 'sine' });
  expect(generated.result).toMatchObject({ target: null, explanation: expect.arrayContaining([expect.stringMatching(/"Bass".*"Drums"/)]) });
  const launched = await client.request('launch', { slot: 0 });
  expect(launched.error).toMatchObject({ code: 'GRYM_BRIDGE_AMBIGUOUS', message: expect.stringMatching(/"Bass".*"Drums"/) });
});

test.each([
  ['quantise', { kind: 'slot-quantise' }],
  ['now', { kind: 'now' }],
  ['beat', { kind: 'beat' }],
  ['bars 4', { kind: 'bars', bars: 4 }],
  ['bars:8', { kind: 'bars', bars: 8 }],
  ['position 16.5', { kind: 'song-position', songQuarters: 16.5 }],
  ['bar 5', { kind: 'song-position', songQuarters: 12 }],
])('launch "%s" puts the command into the ring', async (when, expected) => {
  await connectBridge({ slots: [{ slot: 3, state: 'ready', hash: 'b'.repeat(64), revision: 0, problem: null }] });
  const client = await connectClient();
  const reply = await client.request('launch', { slot: 3, when });
  expect(reply.error).toBeUndefined();
  expect(daemon.audioPath.segments[0]?.commands).toEqual([{ kind: 'launch', slot: 3, when: expected, id: expect.any(Number) }]);
});

test('stop without a slot stops all of them', async () => {
  await connectBridge();
  const client = await connectClient();
  expect((await client.request('stop', { when: 'now' })).result).toMatchObject({ slot: 'all' });
  expect(daemon.audioPath.segments[0]?.commands).toMatchObject([{ kind: 'stop-all', when: { kind: 'now' } }]);
});

test('an empty slot cannot be launched', async () => {
  await connectBridge();
  const client = await connectClient();
  expect((await client.request('launch', { slot: 3 })).error?.code).toBe('GRYM_SLOT_EMPTY');
});

const place = { slot: 3, frame: 1_000, songQuarters: 4 };
const ready = { slot: 3, state: 'ready' as const, hash: 'b'.repeat(64), revision: 0, problem: null };

test.each(['launched', 'armed'] as const)('a launch answers what the plugin said to it: %s', async (kind) => {
  await connectBridge({ slots: [ready] });
  const client = await connectClient();
  const segment = daemon.audioPath.segment(segmentFacts('a').name);
  segment.reply = ({ id }) => [
    { ...place, kind: 'refused', reason: 'slot-empty', commandId: id + 1 },
    { ...place, kind, commandId: id },
  ];
  expect((await client.request('launch', { slot: 3 })).result).toMatchObject({ slot: 3, state: kind });
});

test.each([
  ['slot-empty', 'GRYM_SLOT_EMPTY'],
  ['no-musical-position', 'GRYM_NO_MUSICAL_POSITION'],
  ['malformed', 'GRYM_COMMAND_REFUSED'],
] as const)('a launch that the plugin refuses (%s) is the error %s', async (reason, code) => {
  await connectBridge({ slots: [ready] });
  const client = await connectClient();
  daemon.audioPath.segment(segmentFacts('a').name).reply = ({ id }) => [{ ...place, kind: 'refused', reason, commandId: id }];
  const { error } = await client.request('launch', { slot: 3 });
  expect(error).toMatchObject({ code, message: expect.stringContaining('Bass') });
});

test('a stop answers stopped, or taken where what sounds ends later', async () => {
  await connectBridge({ slots: [ready] });
  const client = await connectClient();
  const segment = daemon.audioPath.segment(segmentFacts('a').name);
  expect((await client.request('stop', { slot: 3 })).result).toMatchObject({ slot: 3, state: 'taken' });
  segment.reply = ({ id }) => [{ ...place, kind: 'slot-ended', commandId: id }];
  expect((await client.request('stop')).result).toMatchObject({ slot: 'all', state: 'stopped' });
});

test('where the host does not process audio, launch and stop are not confirmed, soon', async () => {
  await connectBridge({ slots: [ready] });
  const client = await connectClient();
  daemon.audioPath.segment(segmentFacts('a').name).processing = false;
  const begun = performance.now();
  expect((await client.request('launch', { slot: 3 })).result).toMatchObject({ state: 'not-confirmed' });
  expect((await client.request('stop', { slot: 3 })).result).toMatchObject({ state: 'not-confirmed' });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a ring that is full is told: the host does not process audio', async () => {
  await connectBridge();
  const client = await connectClient();
  const segment = daemon.audioPath.segments[0];
  if (segment) segment.full = true;
  expect((await client.request('stop')).error?.code).toBe('GRYM_BRIDGE_NOT_PROCESSING');
});

test('events of the ring reach subscribers and show in the list', async () => {
  const bridge = await connectBridge({ slots: [{ slot: 3, state: 'ready', hash: 'b'.repeat(64), revision: 0, problem: null }] });
  const client = await connectClient(['slots', 'macros']);
  const bystander = await connectClient(['clips']);
  const place = { slot: 3, frame: 1_000, songQuarters: 4, commandId: 1 };
  daemon.audioPath.emit(
    segmentFacts('a').name,
    { ...place, kind: 'armed' },
    { ...place, kind: 'launched' },
    { ...place, kind: 'macro-moved', macro: 2, value: 0.5 },
  );
  const launched = await client.expect('event', ({ name }) => name === 'launched');
  expect(launched).toMatchObject({ class: 'slots', data: { bridgeId: bridge.bridgeId, slot: 3, frame: 1_000 } });
  await client.expect('event', ({ class: eventClass }) => eventClass === 'macros');
  expect((await listBridges(client))[0]?.slots[3]).toMatchObject({ playback: 'playing' });
  daemon.audioPath.emit(segmentFacts('a').name, { ...place, kind: 'late-call', milliseconds: 4 });
  expect((await listBridges(bystander))[0]?.lateCalls).toBe(1);
  expect(bystander.received.filter(({ type }) => type === 'event')).toEqual([]);
});

test('what sounds in a slot that the plugin came with is unknown until it is heard of', async () => {
  await connectBridge({ slots: [{ slot: 3, state: 'ready', hash: 'b'.repeat(64), revision: 0, problem: null }] });
  const client = await connectClient();
  await client.request('generate', { prompt: 'sine', slot: 4 });
  const playback = async (slot: number): Promise<string | undefined> => (await listBridges(client))[0]?.slots[slot]?.playback;
  expect([await playback(2), await playback(3), await playback(4)]).toEqual(['stopped', 'unknown', 'stopped']);
  daemon.audioPath.emit(segmentFacts('a').name, { kind: 'slot-ended', slot: 3, frame: 1, songQuarters: 0, commandId: 0 });
  expect(await playback(3)).toBe('stopped');
});

test('meters come only to those who ask for them', async () => {
  await connectBridge();
  const client = await connectClient(['meters']);
  const other = await connectClient(['bridges', 'slots']);
  const event = await client.expect('event', ({ class: eventClass }) => eventClass === 'meters');
  expect(event.data).toMatchObject({ left: 0.5, right: 0.25 });
  expect(other.received.filter(({ type }) => type === 'event')).toEqual([]);
});

test("a slot that the bridge cannot load fails the request with the bridge's words; the clip is safe", async () => {
  const bridge = await connectBridge();
  bridge.outcome = 'failed';
  const client = await connectClient();
  const reply = await client.request('generate', { prompt: 'sine', slot: 1 });
  expect(reply.error).toMatchObject({ code: 'GRYM_SLOT_FAILED', message: expect.stringMatching(/the file is not readable/) });
  expect((await client.request('list-clips')).result).toMatchObject({ total: 1 });
});

test('a bridge that never answers ends in a deadline', async () => {
  const bridge = await connectBridge();
  const client = await connectClient();
  const made = (await client.request('generate', { prompt: 'sine', slot: 1 })).result as { clip: { hash: string } };
  bridge.outcome = 'silent';
  const reply = await client.request('load', { clip: made.clip.hash.slice(0, 8), slot: 5 });
  expect(reply.error?.code).toBe('GRYM_DEADLINE_EXCEEDED');
});

test('a project that holds an older clip than the journal is offered the newer one, and load takes it', async () => {
  const bridge = await connectBridge();
  const client = await connectClient(['bridges']);
  const made = (await client.request('generate', { prompt: 'sine', slot: 1 })).result as { clip: { hash: string } };
  await bridge.close();
  await client.expect('event', ({ name }) => name === 'disconnected');
  await connectBridge({ slots: [{ slot: 1, state: 'ready', hash: 'c'.repeat(64), revision: 0, problem: null }] });
  const [listed] = (await listBridges(client)) as unknown as { offers: unknown }[];
  expect(listed?.offers).toEqual([{ slot: 1, hash: made.clip.hash }]);
  const loaded = await client.request('load', { slot: 1 });
  expect(loaded.result).toMatchObject({ slot: 1, hash: made.clip.hash });
  expect((await listBridges(client))[0]).toMatchObject({ offers: [] });
});

test('clear empties a slot', async () => {
  await connectBridge({ slots: [{ slot: 4, state: 'ready', hash: 'c'.repeat(64), revision: 0, problem: null }] });
  const client = await connectClient();
  expect((await client.request('clear', { slot: 4 })).result).toMatchObject({ slot: 4, hash: null });
  expect((await listBridges(client))[0]?.slots[4]).toMatchObject({ state: 'empty' });
});

test('a bridge that asks is its own default target', async () => {
  await connectBridge();
  const drums = await connectBridge({ bridgeId: '99999999-2222-4333-8444-555555555555', track: 'Drums', segment: segmentFacts('b') });
  expect((await drums.request('generate', { prompt: 'sine' })).result).toMatchObject({ target: { bridge: 'Drums' } });
});
