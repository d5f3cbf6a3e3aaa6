import { once } from 'node:events';
import { WebSocket } from 'ws';
import { encodeMessage, SUBPROTOCOLS, type ClientMessage, type Subprotocol } from '../../../protocol/index.js';
import { bridgeFacts } from '../../daemon/surfaces/support/fake-bridge.js';
import { FrameMutator, readGoldenFrames } from '../mutate-frames.js';

export interface FuzzTarget {
  readonly port: number;
  readonly token: string;
}

export interface FuzzReport {
  readonly frames: number;
  readonly connections: number;
  /** How often each close code ended a connection. */
  readonly closeCodes: ReadonlyMap<number, number>;
}

/** About as many as the daemon takes from one client: it closes after 32 that are malformed. */
const FRAMES_PER_CONNECTION = 32;
const CONNECTION_KINDS = ['unidentified', 'client', 'client', 'bridge', 'bridge'] as const;
type ConnectionKind = (typeof CONNECTION_KINDS)[number];

function identify(token: string, kind: ConnectionKind): ClientMessage {
  const bridge = kind === 'bridge' ? bridgeFacts({ segment: null }) : null;
  return {
    type: 'identify',
    token,
    protocolVersions: [1],
    clientName: 'fuzz',
    clientVersion: '0',
    bridge,
    subscribe: ['runs', 'clips', 'bridges', 'slots', 'macros', 'meters'],
  };
}

/**
 * Sends mutated frames to a live daemon, over connections that have identified themselves and over some that have not, until
 * `frames` are sent. The same seed sends the same frames in the same order.
 */
export async function fuzzDaemon(target: FuzzTarget, frames: number, seed: number): Promise<FuzzReport> {
  const mutator = new FrameMutator(readGoldenFrames('both'), seed);
  const closeCodes = new Map<number, number>();
  let sent = 0;
  let connections = 0;
  while (sent < frames) {
    const kind = CONNECTION_KINDS[connections % CONNECTION_KINDS.length] ?? 'client';
    const subprotocol = connections % 4 === 3 ? SUBPROTOCOLS.json : SUBPROTOCOLS.msgpack;
    const budget = Math.min(frames - sent, kind === 'unidentified' ? 1 : FRAMES_PER_CONNECTION);
    const { used, code } = await attack(target, kind, subprotocol, mutator, budget);
    sent += used;
    connections += 1;
    closeCodes.set(code, (closeCodes.get(code) ?? 0) + 1);
  }
  return { frames: sent, connections, closeCodes };
}

async function attack(
  target: FuzzTarget,
  kind: ConnectionKind,
  subprotocol: Subprotocol,
  mutator: FrameMutator,
  budget: number,
): Promise<{ used: number; code: number }> {
  const socket = new WebSocket(`ws://127.0.0.1:${target.port}/ws`, subprotocol, { perMessageDeflate: false });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(([code]: number[]) => code ?? 0);
  await once(socket, 'open');
  if (kind !== 'unidentified') socket.send(encodeMessage(identify(target.token, kind), subprotocol));
  let used = 0;
  while (used < budget && socket.readyState === WebSocket.OPEN) {
    socket.send(subprotocol === SUBPROTOCOLS.json ? mutator.nextText() : mutator.next());
    used += 1;
  }
  socket.close();
  return { used, code: await closed };
}
