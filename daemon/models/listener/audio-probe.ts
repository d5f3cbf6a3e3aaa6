import { GrymError, isGrymError, type Clock } from '../../kernel/index.js';
import type { ChatReply } from '../chat/index.js';
import { serverName } from '../http/index.js';
import { askPatiently, type AskOptions } from './ask-listener.js';
import { LISTENING_RATE } from './audio-parts.js';
import { probeMessages } from './questions.js';
import { waveFile } from './wave-file.js';

/** A model that hears does not forget it; one that does not may be exchanged for one that does. */
const REMEMBERED_MS = { hears: 3_600_000, deaf: 60_000 } as const;
const MAXIMUM_TOKENS = 200;

const TONE_HZ = 440;
const TONE_AMPLITUDE = 0.25;

/** One second of a steady tone. */
async function probeTone(): Promise<string> {
  const { sin, PI } = Math;
  const samples = Float32Array.from(
    { length: LISTENING_RATE },
    (_, index) => TONE_AMPLITUDE * sin((2 * PI * TONE_HZ * index) / LISTENING_RATE),
  );
  return (await waveFile(samples, LISTENING_RATE)).toString('base64');
}

/** By these words models say that they got no audio. */
const SAYS_DEAF =
  /\bno audio\b|\b(can(no|['’])t|cannot|unable to|not able to|don['’]t|do not)\s+(actually |directly )?(hear|listen|process|play|access|receive|perceive)|\btext[- ](based|only)\b/i;

/** Who names the tone has heard it, whatever else was not heard. */
const NAMES_TONE = /\b(tone|beep|hum|buzz|sine|pitch|whistl|ring|synth|note|drone)/i;

/** Refusals by which a server may mean the audio; whether it does shows when the same is asked without. */
const MAY_MEAN_AUDIO: ReadonlySet<number> = new Set([400, 404, 405, 406, 415, 422]);
/** Some fail where they should refuse, and say why. */
const NAMES_AUDIO = /audio|modal|mmproj/i;

function mayMeanAudio(error: unknown): error is GrymError {
  if (!isGrymError(error, 'GRYM_SERVER_REFUSED') && !isGrymError(error, 'GRYM_SERVER_FAILED')) return false;
  const status = Number(error.details['status']);
  return MAY_MEAN_AUDIO.has(status) || (status >= 500 && NAMES_AUDIO.test(String(error.details['reason'])));
}

type Verdict = { readonly kind: 'hears' } | { readonly kind: 'deaf'; readonly reason: string };

/** Whether a server's model takes audio at all: found out by a short tone, and remembered for a while. */
export class AudioProbe {
  private verdict: Verdict | undefined;
  private untilMs = 0;

  constructor(private readonly clock: Clock) {}

  /** Throws GRYM_SERVER_NO_AUDIO; what is wrong for other reasons is thrown as it is, and not remembered. */
  async check(options: AskOptions): Promise<void> {
    if (this.verdict === undefined || this.clock.monotonicMs() >= this.untilMs) {
      this.verdict = await this.probe(options);
      this.untilMs = this.clock.monotonicMs() + REMEMBERED_MS[this.verdict.kind];
    }
    if (this.verdict.kind === 'hears') return;
    const { url, model } = options.server.settings;
    throw new GrymError('GRYM_SERVER_NO_AUDIO', { url: serverName(url).url, model, reason: this.verdict.reason });
  }

  private async probe(options: AskOptions): Promise<Verdict> {
    const ask = (wav: string | undefined): Promise<ChatReply> =>
      askPatiently({ messages: probeMessages(wav), temperature: 0, maximumTokens: MAXIMUM_TOKENS }, options);
    let reply: ChatReply;
    try {
      reply = await ask(await probeTone());
    } catch (error) {
      if (!mayMeanAudio(error)) throw error;
      // Where it refuses this as well it was not the audio.
      await ask(undefined);
      return { kind: 'deaf', reason: String(error.details['reason']) };
    }
    if (SAYS_DEAF.test(reply.content) && !NAMES_TONE.test(reply.content)) return { kind: 'deaf', reason: 'it says that it hears nothing' };
    if (reply.promptTokens === undefined) return { kind: 'hears' };
    const { promptTokens } = await ask(undefined);
    const isIgnored = promptTokens !== undefined && promptTokens >= reply.promptTokens;
    return isIgnored ? { kind: 'deaf', reason: 'it counts no more tokens with a recording than without' } : { kind: 'hears' };
  }
}
