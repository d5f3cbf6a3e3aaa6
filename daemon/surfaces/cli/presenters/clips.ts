import { z } from 'zod';
import { facts, table } from '../table.js';
import { ago, number, shortHash } from './format.js';

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

export function presentGenerate(result: unknown): string {
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
  return facts(lines) + [...new Set(explanation)].map((line) => `  ${line}\n`).join('');
}

export function presentClips(result: unknown): string {
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

export function presentOneClip(result: unknown): string {
  const { clip } = z.object({ clip: clipView }).parse(result);
  return facts([
    ['clip', `${clip.name} (${shortHash(clip.hash)})`],
    ['verdict', clip.verdict],
    ['file', clip.path],
  ]);
}
