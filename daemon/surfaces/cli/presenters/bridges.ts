import { z } from 'zod';
import { facts, table } from '../table.js';
import { number, shortHash } from './format.js';

const bridgeView = z.object({
  bridgeId: z.string(),
  name: z.string(),
  host: z.string(),
  format: z.string(),
  connected: z.boolean(),
  sampleRate: z.number(),
  transport: z
    .object({ playing: z.boolean(), songQuarters: z.number(), tempoBpm: z.number(), numerator: z.number(), denominator: z.number() })
    .nullable(),
  slots: z.array(
    z.object({
      slot: z.number(),
      state: z.string(),
      clipName: z.string().nullable(),
      hash: z.string().nullable(),
      playback: z.string(),
      offTempo: z.boolean(),
      problem: z.string().nullable(),
    }),
  ),
  segment: z.string().nullable(),
  segmentProblem: z.string().nullable(),
  lateCalls: z.number(),
  offers: z.array(z.object({ slot: z.number(), hash: z.string() })),
});

export function presentBridges(result: unknown): string {
  const { bridges } = z.object({ bridges: z.array(bridgeView) }).parse(result);
  if (bridges.length === 0) return 'No bridge is connected. Install the plugin (npm run install-plugin) and put it on a track.\n';
  const rows = bridges.map(({ bridgeId, name, host, format, connected, sampleRate, transport, lateCalls }) => [
    name,
    bridgeId.slice(0, 8),
    connected ? 'connected' : 'absent',
    host || '-',
    format,
    number(sampleRate),
    transport === null
      ? '-'
      : `${transport.playing ? 'playing' : 'stopped'} at ${number(transport.songQuarters, 2)}, ${number(transport.tempoBpm, 2)} bpm, ${transport.numerator}/${transport.denominator}`,
    String(lateCalls),
  ]);
  return table(['BRIDGE', 'ID', 'STATE', 'HOST', 'FORMAT', 'RATE', 'TRANSPORT', 'LATE CALLS'], rows) + bridges.map(bridgeNotes).join('');
}

function bridgeNotes(bridge: z.infer<typeof bridgeView>): string {
  const lines = bridge.slots
    .filter((slot) => slot.state !== 'empty')
    .map(({ slot, state, clipName, hash, playback, offTempo, problem }) => {
      const clip = clipName ?? (hash === null ? '' : shortHash(hash));
      const sounds = `${state === 'ready' && playback !== 'unknown' ? playback : state}${offTempo ? ', off tempo,' : ''}`;
      return `slot ${slot}: ${sounds} ${clip}${problem === null ? '' : ` (${problem})`}`;
    });
  for (const { slot, hash } of bridge.offers)
    lines.push(`slot ${slot}: a newer clip is offered, ${shortHash(hash)}; take it: grym load --slot ${slot}`);
  if (bridge.segmentProblem !== null) lines.push(`problem: ${bridge.segmentProblem}`);
  return lines.length === 0 ? '' : `${bridge.name}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

const COMMAND_STATES: Readonly<Record<string, string>> = {
  launched: 'launched',
  armed: 'armed: it starts at its line',
  stopped: 'stopped',
  taken: 'taken: what sounds ends at its line',
  'not-confirmed': 'not confirmed: the host does not process audio at the moment; it follows when it does',
};

export function presentCommand(result: unknown): string {
  const place = z
    .object({ bridge: z.string(), slot: z.union([z.number(), z.string()]), when: z.string(), state: z.string() })
    .parse(result);
  return facts([
    ['slot', `${place.slot === 'all' ? 'all slots' : place.slot} of ${place.bridge}`],
    ['when', place.when],
    ['state', COMMAND_STATES[place.state] ?? place.state],
  ]);
}
