import { wholeOf, type AudioBuffer } from '../../../daemon/audio/index.js';
import type {
  Embedder,
  FromAudioRequest,
  GeneratedAudio,
  GenerateRequest,
  Generator,
  InpaintRequest,
  ProviderSource,
  RoleProviders,
  Transcriber,
} from '../../../daemon/models/index.js';

/** A generator that can do all that a model can; what it makes is a tone of the seed, as loud everywhere. */
export class FakeModelGenerator implements Generator {
  readonly version = 'weights-1';
  readonly asked: (GenerateRequest & Partial<FromAudioRequest & InpaintRequest>)[] = [];

  constructor(readonly provider = 'audioldm-test') {}

  generate = async (request: GenerateRequest): Promise<GeneratedAudio> => this.made(request, 2);

  fromAudio = async (request: FromAudioRequest): Promise<GeneratedAudio> => this.made(request, secondsOf(request.source));

  inpaint = async (request: InpaintRequest): Promise<GeneratedAudio> =>
    this.made(request, Math.max(secondsOf(request.source), request.toSeconds));

  async dispose(): Promise<void> {
    await Promise.resolve();
  }

  private made(request: GenerateRequest, seconds: number): GeneratedAudio {
    this.asked.push(request);
    const { sampleRate, seed, prompt } = request;
    const frames = Math.round(seconds * sampleRate);
    const samples = new Float32Array(frames * 2);
    for (let frame = 0; frame < frames; frame += 1) {
      samples.fill(0.25 * Math.sin((2 * Math.PI * (300 + 10 * seed) * frame) / sampleRate), frame * 2, frame * 2 + 2);
    }
    return {
      ...{ samples, sampleRate, channels: 2, frames, seed, tempoBpm: request.tempoBpm ?? 120 },
      ...{ metre: request.metre ?? { numerator: 4, denominator: 4 }, bars: 1, quarterNotes: 4, key: request.key ?? null, loop: true },
      ...{ instrument: 'tone', loudnessLufs: -15, peakDbtp: -12, name: prompt.slice(0, 40) },
      ...{ provider: this.provider, providerVersion: this.version, explanation: ['A tone of the seed.'] },
    };
  }
}

const secondsOf = ({ samples, channels, sampleRate }: AudioBuffer): number => samples.length / channels / sampleRate;

/** Installed models and servers that a test adds and removes. */
export class FakeProviderSource implements ProviderSource {
  private providers: RoleProviders = { generators: [], embedders: [], describers: [], planners: [], transcribers: [] };
  private readonly listeners = new Set<() => void>();
  readonly threads = new Map<string, number>();

  current(): RoleProviders {
    return this.providers;
  }

  threadsOf(provider: string): number | undefined {
    return this.threads.get(provider);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  set(providers: Partial<RoleProviders>): void {
    this.providers = { ...this.providers, ...providers };
    for (const listener of this.listeners) listener();
  }
}

/** Hears one thing: how loud the sound is. Words are as loud as they say. */
export function fakeWordEmbedder(fail: () => Error | null = () => null): Embedder {
  const space = 'test-words/1';
  const vector = async (level: number): Promise<{ space: string; vector: number[] }> => {
    const error = fail();
    if (error !== null) throw error;
    return { space, vector: [level] };
  };
  return {
    ...{ provider: 'clap-test', version: '1', space },
    embed: async (source, options) => {
      const { samples } = await wholeOf(source, options);
      return vector(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
    },
    embedText: (text) => vector(text.includes('loud') ? 0.7 : 0),
    similarity: ([a = 0], [b = 0]) => 1 - Math.min(1, Math.abs(a - b)),
  };
}

export const fakeTranscriber: Transcriber = {
  ...{ provider: 'wav2vec2-test', version: '1' },
  transcribe: async () => ({
    text: 'here we go',
    words: ['here', 'we', 'go'].map((word, index) => ({ word, startSeconds: index / 2, endSeconds: index / 2 + 0.4 })),
  }),
};
