import { z } from 'zod';
import {
  generateAction,
  listBridgesAction,
  listClipsAction,
  listRunsAction,
  statusAction,
  type ActionDeclaration,
} from '../../actions/index.js';
import { facts, table } from './table.js';

/** A result as a person reads it. Results are parsed again: they may come from a daemon of another version. */
type Presenter = (result: unknown) => string;

const number = (value: number, digits = 1): string => String(Number(value.toFixed(digits)));
const shortHash = (hash: string): string => hash.slice(0, 12);
const ago = (ms: number): string => {
  const seconds = Math.max(0, (Date.now() - ms) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
};

const clipView = z.object({
  hash: z.string(),
  path: z.string(),
  name: z.string(),
  prompt: z.string(),
  instrument: z.string(),
  tempoBpm: z.number(),
  metre: z.object({ numerator: z.number(), denominator: z.number() }),
  bars: z.number(),
  key: z.string().nullable(),
  sampleRate: z.number(),
  durationSeconds: z.number(),
  loudnessLufs: z.number().nullable(),
  peakDbtp: z.number().nullable(),
  verdict: z.string(),
  createdAtMs: z.number(),
});

function presentGenerate(result: unknown): string {
  const { clip, target, explanation, timings, runId, seed, state } = z
    .object({
      runId: z.string(),
      state: z.string(),
      seed: z.number(),
      clip: clipView.nullable(),
      target: z.object({ bridge: z.string(), slot: z.number() }).nullable(),
      explanation: z.array(z.string()),
      timings: z.array(z.object({ step: z.string(), milliseconds: z.number() })),
    })
    .parse(result);
  if (clip === null)
    return facts([
      ['run', runId],
      ['state', state],
      ['seed', String(seed)],
    ]);
  const musical = [
    `${number(clip.tempoBpm, 3)} bpm`,
    `${clip.metre.numerator}/${clip.metre.denominator}`,
    `${number(clip.bars)} bars`,
    clip.key,
  ];
  const level = clip.loudnessLufs === null ? '' : `${number(clip.loudnessLufs)} LUFS, `;
  const lines: [string, string][] = [
    ['clip', `${clip.name} (${shortHash(clip.hash)})`],
    ['file', clip.path],
    ['music', `${clip.instrument}, ${musical.filter((part) => part !== null).join(', ')}`],
    [
      'sound',
      `${level}${clip.peakDbtp === null ? '' : `peak ${number(clip.peakDbtp)} dBTP, `}${number(clip.durationSeconds, 3)} s at ${number(clip.sampleRate)} Hz`,
    ],
    ['slot', target === null ? 'none (in the library)' : `${target.slot} of ${target.bridge}${state === 'done' ? '' : ` (${state})`}`],
    ['seed', String(seed)],
    ['time', timings.map(({ step, milliseconds }) => `${step} ${number(milliseconds, 0)} ms`).join(', ')],
  ];
  return facts(lines) + explanation.map((line) => `  ${line}\n`).join('');
}

function presentClips(result: unknown): string {
  const { clips, total } = z.object({ clips: z.array(clipView), total: z.number() }).parse(result);
  if (clips.length === 0)
    return total === 0
      ? 'The library is empty. Make a clip: grym generate "dark bass loop, 120 bpm"\n'
      : `None of the ${total} clips fits.\n`;
  const rows = clips.map((clip) => [
    shortHash(clip.hash),
    clip.instrument,
    number(clip.tempoBpm, 2),
    number(clip.bars),
    clip.key ?? '-',
    clip.loudnessLufs === null ? '-' : number(clip.loudnessLufs),
    clip.verdict,
    ago(clip.createdAtMs),
    clip.prompt.length > 60 ? `${clip.prompt.slice(0, 59)}…` : clip.prompt,
  ]);
  const more = clips.length < total ? `${clips.length} of ${total} clips\n` : '';
  return table(['CLIP', 'INSTRUMENT', 'BPM', 'BARS', 'KEY', 'LUFS', 'VERDICT', 'MADE', 'PROMPT'], rows) + more;
}

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

function presentBridges(result: unknown): string {
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

function presentRuns(result: unknown): string {
  const runView = z.object({
    runId: z.string(),
    state: z.string(),
    fraction: z.number(),
    stage: z.string(),
    clipHash: z.string().nullable(),
    submittedAtMs: z.number(),
    prompt: z.string(),
    error: z.object({ code: z.string() }).nullable(),
  });
  const { runs } = z.object({ runs: z.array(runView) }).parse(result);
  if (runs.length === 0) return 'No runs.\n';
  const rows = runs.map(({ runId, state, error, stage, clipHash, submittedAtMs, prompt }) => [
    runId,
    state,
    error?.code ?? (stage || '-'),
    clipHash === null ? '-' : shortHash(clipHash),
    ago(submittedAtMs),
    prompt.slice(0, 60),
  ]);
  return table(['RUN', 'STATE', 'STAGE', 'CLIP', 'ASKED', 'PROMPT'], rows);
}

function presentStatus(result: unknown): string {
  const status = z
    .object({
      daemonVersion: z.string(),
      processId: z.number(),
      port: z.number(),
      startedAtMs: z.number(),
      clients: z.number(),
      library: z.object({ folder: z.string(), clips: z.number() }),
      bridges: z.object({ connected: z.number(), absent: z.number(), withoutSegment: z.number(), lateCalls: z.number() }),
      runs: z.object({
        queued: z.number(),
        running: z.number(),
        waitingForBridge: z.number(),
        stepTimes: z.array(z.object({ step: z.string(), count: z.number(), p50Ms: z.number(), p99Ms: z.number() })),
      }),
    })
    .parse(result);
  const { bridges, runs } = status;
  const times = runs.stepTimes.map(({ step, p50Ms, p99Ms, count }) => `${step} ${number(p50Ms)} / ${number(p99Ms)} ms (${count})`);
  return facts([
    ['daemon', `${status.daemonVersion}, process ${status.processId}, port ${status.port}, started ${ago(status.startedAtMs)}`],
    ['library', `${status.library.clips} ${status.library.clips === 1 ? 'clip' : 'clips'} in ${status.library.folder}`],
    [
      'bridges',
      `${bridges.connected} connected (${bridges.withoutSegment} without audio segment), ${bridges.absent} absent, ${bridges.lateCalls} late calls`,
    ],
    ['runs', `${runs.running} running, ${runs.queued} queued, ${runs.waitingForBridge} waiting for a bridge`],
    ['step times', times.length === 0 ? '-' : `p50 / p99: ${times.join(', ')}`],
    ['clients', String(status.clients)],
  ]);
}

function presentFields(result: unknown): string {
  const fields = z.record(z.string(), z.unknown()).safeParse(result);
  if (!fields.success) return `${JSON.stringify(result)}\n`;
  const shown = Object.entries(fields.data).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return shown.length === 0 ? 'done\n' : facts(shown);
}

function presentOneClip(result: unknown): string {
  const { clip } = z.object({ clip: clipView }).parse(result);
  return facts([
    ['clip', `${clip.name} (${shortHash(clip.hash)})`],
    ['verdict', clip.verdict],
    ['file', clip.path],
  ]);
}

const COMMAND_STATES: Readonly<Record<string, string>> = {
  launched: 'launched',
  armed: 'armed: it starts at its line',
  stopped: 'stopped',
  taken: 'taken: what sounds ends at its line',
  'not-confirmed': 'not confirmed: the host does not process audio at the moment; it follows when it does',
};

function presentCommand(result: unknown): string {
  const place = z
    .object({ bridge: z.string(), slot: z.union([z.number(), z.string()]), when: z.string(), state: z.string() })
    .parse(result);
  return facts([
    ['slot', `${place.slot === 'all' ? 'all slots' : place.slot} of ${place.bridge}`],
    ['when', place.when],
    ['state', COMMAND_STATES[place.state] ?? place.state],
  ]);
}

const PRESENTERS: ReadonlyMap<string, Presenter> = new Map([
  [generateAction.name, presentGenerate],
  [listClipsAction.name, presentClips],
  [listBridgesAction.name, presentBridges],
  [listRunsAction.name, presentRuns],
  [statusAction.name, presentStatus],
  ['launch', presentCommand],
  ['stop', presentCommand],
  ['keep', presentOneClip],
  ['reject', presentOneClip],
]);

export function present(action: Pick<ActionDeclaration, 'name'>, result: unknown): string {
  return (PRESENTERS.get(action.name) ?? presentFields)(result);
}
