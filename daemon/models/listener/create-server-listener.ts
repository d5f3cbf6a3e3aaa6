import type { AudioBuffer, WorkshopOptions } from '../../audio/index.js';
import { isGrymError, systemClock, type Clock } from '../../kernel/index.js';
import type { ChatServer } from '../chat/index.js';
import type { Describer, Description, Heard } from '../describe.js';
import { answerInvalid, serverName } from '../http/index.js';
import { askWhatIsHeard, Patience, type AskOptions } from './ask-listener.js';
import { choosePartRanges, preparePart, type Resample } from './audio-parts.js';
import { AudioProbe } from './audio-probe.js';
import { describeHearing, describeSilence } from './heard.js';

export interface ServerListenerOptions {
  readonly chat: ChatServer;
  /** `AudioWorkshop.resample`. */
  readonly resample: Resample;
  readonly clock?: Clock;
  /** Of one question. The first one may have to wait until the server has loaded its model. */
  readonly deadlineMs?: number;
  /** Parts of one recording that are listened to, 1 to 16. */
  readonly maximumParts?: number;
  /** How long a busy server is waited for, in all, for one description. */
  readonly patienceSeconds?: number;
}

export const LISTENER_PROVIDER = 'listener-server';
const DEFAULTS = { deadlineMs: 180_000, maximumParts: 4, patienceSeconds: 60 };

/** Lengths of parts, tried from the longest: models have windows of 30 s, of 10 s (GAMA), or a context that holds less. */
const PART_SECONDS = [30, 15, 10, 5] as const;
const SAYS_TOO_LONG = /too (long|large|big)|longer than|exceed|maximum (context|length|duration|audio)|context (length|size|window)/i;

function isTooLong(error: unknown): boolean {
  if (!isGrymError(error, 'GRYM_SERVER_REFUSED') && !isGrymError(error, 'GRYM_SERVER_FAILED')) return false;
  return Number(error.details['status']) === 413 || SAYS_TOO_LONG.test(String(error.details['reason']));
}

class ServerListener implements Describer {
  readonly provider = LISTENER_PROVIDER;
  readonly version: string;
  private readonly settings: Required<ServerListenerOptions>;
  private readonly probe: AudioProbe;
  /** Of PART_SECONDS; grows where the server refuses parts as too long, and stays. */
  private lengthIndex = 0;

  constructor(options: ServerListenerOptions) {
    this.settings = { clock: systemClock, ...DEFAULTS, ...options };
    this.probe = new AudioProbe(this.settings.clock);
    const { url, model } = options.chat.settings;
    this.version = `1/${model}@${serverName(url).url}`;
  }

  async describe(audio: AudioBuffer, options: WorkshopOptions): Promise<Description> {
    const { chat, clock, deadlineMs, patienceSeconds } = this.settings;
    const ask = { server: chat, patience: new Patience(clock, patienceSeconds), deadlineMs, signal: options.signal };
    for (;;) {
      const lengthIndex = this.lengthIndex;
      try {
        return await this.listen(audio, PART_SECONDS[lengthIndex] ?? 5, ask, options);
      } catch (error) {
        if (!isTooLong(error) || lengthIndex + 1 >= PART_SECONDS.length) throw error;
        // Another description may have found out meanwhile.
        this.lengthIndex = Math.max(this.lengthIndex, lengthIndex + 1);
      }
    }
  }

  private async listen(audio: AudioBuffer, partSeconds: number, ask: AskOptions, options: WorkshopOptions): Promise<Description> {
    const totalFrames = Math.floor(audio.samples.length / audio.channels);
    const ranges = choosePartRanges(totalFrames, Math.round(partSeconds * audio.sampleRate), this.settings.maximumParts);
    const durationSeconds = totalFrames / audio.sampleRate;
    const parts: Heard[] = [];
    for (const [index, range] of ranges.entries()) {
      const wav = await preparePart(audio, range, this.settings.resample, options.signal);
      if (wav !== null) {
        await this.probe.check(ask);
        parts.push(await askWhatIsHeard(wav, ask));
      }
      options.onProgress?.((index + 1) / ranges.length);
    }
    if (parts.length === 0) return describeSilence(durationSeconds);
    const { url, model } = ask.server.settings;
    const coveredSeconds = ranges.reduce((sum, { frames }) => sum + frames, 0) / audio.sampleRate;
    const description = describeHearing({ model, parts, durationSeconds, coveredSeconds });
    if (description === null) throw answerInvalid(serverName(url), 'it names no instrument, no mood and no genre');
    return description;
  }
}

/**
 * The listener on a server: the role that GAMA has. Audio is sent as WAV (16 kHz, mono, 16 bits) in parts of at most 30 s; of longer audio some parts
 * are chosen evenly, and the text says so. Throws GRYM_SERVER_*, among them GRYM_SERVER_NO_AUDIO, GRYM_DEADLINE_EXCEEDED, GRYM_CANCELLED.
 */
export function createServerListener(options: ServerListenerOptions): Describer {
  return new ServerListener(options);
}

/** Whether a server hears, by the tone that the listener would send first: for who looks whether everything works. Throws GRYM_SERVER_NO_AUDIO and what asking throws. */
export async function checkHearing(
  chat: ChatServer,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<void> {
  await new AudioProbe(systemClock).check({ ...options, server: chat, patience: new Patience(systemClock, 0) });
}
