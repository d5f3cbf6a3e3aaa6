import type { AudioBuffer } from '../../../../daemon/audio/index.js';
import type { Clock } from '../../../../daemon/kernel/index.js';
import { createChatServer } from '../../../../daemon/models/chat/index.js';
import type { Describer } from '../../../../daemon/models/describe.js';
import { createServerListener } from '../../../../daemon/models/listener/index.js';
import type { ReceivedRequest } from '../../../servers/conformance-server.js';

/** A sine of 440 Hz on all channels. */
export function tone(seconds: number, sampleRate = 16_000, channels = 1): AudioBuffer {
  const frames = Math.round(seconds * sampleRate);
  // Names of the realm are slow to look up in a test: not for each sample.
  const { sin, floor, PI } = Math;
  const samples = new Float32Array(frames * channels);
  for (let index = 0; index < samples.length; index += 1) samples[index] = 0.5 * sin((2 * PI * 440 * floor(index / channels)) / sampleRate);
  return { samples, sampleRate, channels };
}

export interface ListeningOptions {
  readonly clock?: Clock;
  readonly deadlineMs?: number;
  readonly apiKey?: string;
}

/** A listener that needs no sample rate converted: tests give it 16 kHz. */
export function listenerAt(url: string, options: ListeningOptions = {}): Describer {
  const { apiKey, ...others } = options;
  const chat = createChatServer({ url, model: 'test-ears', apiKey });
  const resample = (): never => {
    throw new Error('16 kHz needs no conversion');
  };
  return createServerListener({ chat, resample, ...others });
}

export const listening = { signal: new AbortController().signal };

interface Part {
  readonly type: string;
  readonly text?: string;
  readonly input_audio?: { readonly data: string; readonly format: string };
}

interface Message {
  readonly role: string;
  readonly content: string | readonly Part[];
}

const partsOf = ({ content }: Message): readonly Part[] => (typeof content === 'string' ? [{ type: 'text', text: content }] : content);

const messagesOf = (request: ReceivedRequest): readonly Message[] => request.body['messages'] as readonly Message[];

/** The WAV file that a request carries; undefined where it has none. */
export function audioOf(request: ReceivedRequest): Buffer | undefined {
  const audio = messagesOf(request)
    .flatMap(partsOf)
    .find(({ type }) => type === 'input_audio')?.input_audio;
  return audio === undefined ? undefined : Buffer.from(audio.data, 'base64');
}

/** Seconds of 16-bit mono audio at 16 kHz that a request carries. */
export const secondsOf = (request: ReceivedRequest): number => ((audioOf(request)?.length ?? 44) - 44) / 2 / 16_000;

/** All words of a request. */
export function wordsOf(request: ReceivedRequest): string {
  return messagesOf(request)
    .flatMap(partsOf)
    .map(({ text }) => text ?? '')
    .join(' ');
}
