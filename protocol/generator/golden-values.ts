import type { BridgeFacts, ClientMessage, ClipReference, DaemonMessage } from '../messages/index.js';

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const BRIDGE_ID = '3b241101-e2bb-4255-8caf-4136c566a962';

const clip: ClipReference = {
  hash: HASH,
  path: '/home/ada/.local/share/grym-synth/clips/dark analog bass.wav',
  name: 'dark analog bass, "A minor"',
  sampleRate: 48_000,
  channels: 2,
  frames: 192_000,
  tempoBpm: 119.5,
  quarterNotes: 8,
  loop: true,
};

const bridge: BridgeFacts = {
  bridgeId: BRIDGE_ID,
  pluginFormat: 'clap',
  pluginVersion: '0.1.0',
  host: 'Ardour 7.3',
  track: 'Bäß 𝄢',
  processId: 4_294_967_297,
  sampleRate: 44_100,
  maximumBlock: 1024,
  inputChannels: 2,
  outputChannels: 2,
  segment: {
    name: '/grym-0123456789abcdef0123456789abcdef',
    bytes: 46_465_024,
    generation: 3,
    captureFrames: 5_760_000,
  },
  segmentProblem: 'The capture was shortened to 15 s: /dev/shm is nearly full.',
  slots: [
    { slot: 0, state: 'ready', hash: HASH, revision: 9_007_199_254_740_991, problem: null },
    { slot: 15, state: 'failed', hash: null, revision: 0, problem: 'The file is not there.' },
  ],
};

const error = {
  code: 'GRYM_BRIDGE_UNKNOWN',
  kind: 'invalid-input',
  message: 'No bridge is called "bas". There are: bass, drums.',
  remedy: 'Use one of these names.',
} as const;

const open = { text: 'Grüße, 世界', list: [1, -1, 2.5, null, true, []], nested: { deeper: { number: 4_294_967_296 } } };

/** One message of each type with as little as allowed, and one with everything filled: written by hand, typed by the schemas. */
export const GOLDEN_VALUES: readonly { readonly minimal: ClientMessage | DaemonMessage; readonly full: ClientMessage | DaemonMessage }[] = [
  {
    minimal: { type: 'hello', daemonVersion: '', protocolVersions: [1] },
    full: { type: 'hello', daemonVersion: '0.1.0', protocolVersions: [3, 2, 1, 65_535] },
  },
  {
    minimal: {
      type: 'identify',
      token: '',
      protocolVersions: [1],
      clientName: '',
      clientVersion: '',
      bridge: null,
      subscribe: [],
    },
    full: {
      type: 'identify',
      token: 'ab'.repeat(32),
      protocolVersions: [1],
      clientName: 'grym-bridge',
      clientVersion: '0.1.0',
      bridge,
      subscribe: ['runs', 'meters'],
    },
  },
  {
    minimal: { type: 'identified', protocolVersion: 1, sessionId: '', bridgeId: null, clipFolder: '' },
    full: { type: 'identified', protocolVersion: 1, sessionId: 's-1', bridgeId: BRIDGE_ID, clipFolder: '/home/ada/clips' },
  },
  {
    minimal: { type: 'subscribe', classes: [] },
    full: { type: 'subscribe', classes: ['runs', 'clips', 'bridges', 'slots', 'macros', 'meters'] },
  },
  {
    minimal: { type: 'request', id: 0, action: '', params: {} },
    full: { type: 'request', id: 4_294_967_296, action: 'generate', params: open },
  },
  { minimal: { type: 'cancel', id: 0 }, full: { type: 'cancel', id: 70_000 } },
  {
    minimal: { type: 'progress', id: 0, fraction: 0, stage: '' },
    full: { type: 'progress', id: 12, fraction: 0.375, stage: 'synthesising' },
  },
  { minimal: { type: 'reply', id: 0 }, full: { type: 'reply', id: 12, result: open, error } },
  {
    minimal: { type: 'event', class: 'runs', name: '', data: {} },
    full: { type: 'event', class: 'slots', name: 'launched', data: open },
  },
  {
    minimal: { type: 'fault', error: { code: 'GRYM_X', kind: 'fatal', message: '', remedy: '' } },
    full: { type: 'fault', error },
  },
  {
    minimal: {
      type: 'load-slot',
      slot: 0,
      revision: 0,
      clip: { hash: HASH, path: '/', name: '', sampleRate: 8000, channels: 1, frames: 0, tempoBpm: 20, quarterNotes: 0, loop: false },
    },
    full: { type: 'load-slot', slot: 15, revision: 41, clip },
  },
  { minimal: { type: 'clear-slot', slot: 0, revision: 0 }, full: { type: 'clear-slot', slot: 7, revision: 42 } },
  {
    minimal: { type: 'bridge-update', bridge: { ...bridge, segment: null, segmentProblem: null, slots: [] } },
    full: { type: 'bridge-update', bridge },
  },
  { minimal: { type: 'slot-report', slots: [] }, full: { type: 'slot-report', slots: bridge.slots } },
];
