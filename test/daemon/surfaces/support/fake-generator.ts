import { setTimeout as wait } from 'node:timers/promises';
import type { GeneratedAudio, Generator, GenerateRequest } from '../../../../daemon/models/index.js';

/** A sine instead of a synthesiser; `holds` keeps it from finishing until it is cancelled. */
export class FakeGenerator implements Generator {
  readonly provider = 'procedural';
  readonly version = '1';
  readonly requests: GenerateRequest[] = [];
  holds = false;
  cancelled = 0;

  async generate(
    request: GenerateRequest,
    { signal, onProgress }: { signal: AbortSignal; onProgress: (fraction: number, stage: string) => void },
  ): Promise<GeneratedAudio> {
    this.requests.push(request);
    onProgress(0.5, 'synthesising');
    if (this.holds) {
      try {
        await wait(60_000, undefined, { signal });
      } catch (error) {
        this.cancelled += 1;
        throw error;
      }
    }
    const tempoBpm = request.tempoBpm ?? 120;
    const bars = request.bars ?? 1;
    const metre = request.metre ?? { numerator: 4, denominator: 4 };
    const quarterNotes = (bars * metre.numerator * 4) / metre.denominator;
    const frames = Math.round((quarterNotes * 60 * request.sampleRate) / tempoBpm);
    const samples = new Float32Array(frames * 2);
    for (let frame = 0; frame < frames; frame += 1) samples.fill(0.1 * Math.sin(frame * 0.05 + request.seed), frame * 2, frame * 2 + 2);
    return {
      ...{ samples, sampleRate: request.sampleRate, channels: 2, frames, tempoBpm, metre, bars, quarterNotes },
      ...{ key: request.key ?? null, loop: true, instrument: 'bass', loudnessLufs: -18, peakDbtp: -6, name: 'sine' },
      ...{ provider: 'procedural', providerVersion: '1', seed: request.seed, explanation: ['"sine" set the instrument'] },
    };
  }

  async dispose(): Promise<void> {}
}
