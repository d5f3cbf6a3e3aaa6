import { createHash } from 'node:crypto';
import { throwIfCancelled, untilCancelled } from '../../../daemon/kernel/index.js';
import type { GenerateRequest, GeneratedAudio, Generator } from '../../../daemon/models/index.js';

/** Noise that is a function of the request, as the real generator's sound is. */
export class FakeGenerator implements Generator {
  readonly provider = 'procedural';
  readonly version = '1';
  calls = 0;
  /** Called in each generation; may wait or throw. */
  hook: (request: GenerateRequest, signal: AbortSignal) => Promise<void> = async () => undefined;

  async generate(
    request: GenerateRequest,
    options: { signal: AbortSignal; onProgress: (fraction: number, stage: string) => void },
  ): Promise<GeneratedAudio> {
    this.calls += 1;
    throwIfCancelled(options.signal, 'generating');
    options.onProgress(0.5, 'rendering');
    await untilCancelled(this.hook(request, options.signal), options.signal, 'generating');
    options.onProgress(1, 'rendered');
    return fakeAudio(request);
  }

  async dispose(): Promise<void> {
    await Promise.resolve();
  }
}

export function fakeAudio(request: GenerateRequest): GeneratedAudio {
  const { seed, sampleRate, prompt } = request;
  const frames = 1_000;
  const samples = new Float32Array(frames * 2);
  let digest = createHash('sha256')
    .update(JSON.stringify([prompt, seed, sampleRate]))
    .digest();
  for (let index = 0; index < samples.length; index += 1) {
    const word = index % 8;
    if (word === 0) digest = createHash('sha256').update(digest).digest();
    samples[index] = digest.readInt32LE(word * 4) / 2 ** 32;
  }
  const tempoBpm = request.tempoBpm ?? 120;
  return {
    samples,
    sampleRate,
    channels: 2,
    frames,
    tempoBpm,
    metre: request.metre ?? { numerator: 4, denominator: 4 },
    bars: 1,
    quarterNotes: 4,
    key: request.key ?? 'A minor',
    loop: true,
    instrument: 'bass',
    loudnessLufs: -18,
    peakDbtp: -6,
    name: prompt.slice(0, 40),
    provider: 'procedural',
    providerVersion: '1',
    seed,
    explanation: [`“${prompt.slice(0, 40)}” is noise of seed ${seed}.`],
  };
}
