import { isGrymError, type Clock } from '../../kernel/index.js';
import type { ChatReply, ChatRequest, ChatServer } from '../chat/index.js';
import { answerInvalid, retryAfterSecondsOf, serverName } from '../http/index.js';
import type { Heard } from '../describe.js';
import { readListenerAnswer } from './listener-answer.js';
import { ANSWER_SCHEMA, listenMessages, repairMessages } from './questions.js';

/** Room for an answer, and for a model that thinks before it. */
const MAXIMUM_TOKENS = 4_000;
const MAXIMUM_TRIES = 4;
/** Where the server names no pause: doubled each time. */
const FIRST_PAUSE_SECONDS = 1;

/** How long a busy server is waited for, all pauses of one description together. */
export class Patience {
  constructor(
    private readonly clock: Clock,
    private leftSeconds: number,
  ) {}

  /** Waits as the server asked; false where that would take too long. */
  async pause(error: unknown, tries: number, signal: AbortSignal): Promise<boolean> {
    const seconds = retryAfterSecondsOf(error) ?? FIRST_PAUSE_SECONDS * 2 ** (tries - 1);
    if (seconds > this.leftSeconds) return false;
    this.leftSeconds -= seconds;
    await this.clock.sleep(seconds * 1_000, signal);
    return true;
  }
}

export interface AskOptions {
  readonly server: ChatServer;
  readonly patience: Patience;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Asks, and asks again after the pause that a busy server wants. Throws what `ChatServer.complete` throws. */
export async function askPatiently(request: ChatRequest, { server, patience, deadlineMs, signal }: AskOptions): Promise<ChatReply> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await server.complete(request, { deadlineMs, signal });
    } catch (error) {
      const mayWait = isGrymError(error, 'GRYM_SERVER_BUSY') && tries < MAXIMUM_TRIES;
      if (!mayWait || !(await patience.pause(error, tries, signal))) throw error;
    }
  }
}

/** What the server hears in one part. An answer that cannot be used is asked for once more; then it is GRYM_SERVER_ANSWER_INVALID. */
export async function askWhatIsHeard(wav: string, options: AskOptions): Promise<Heard> {
  const common = { schema: ANSWER_SCHEMA, temperature: 0, maximumTokens: MAXIMUM_TOKENS };
  const first = await askPatiently({ ...common, messages: listenMessages(wav) }, options);
  const reading = readListenerAnswer(first.content);
  if ('heard' in reading) return reading.heard;
  const second = await askPatiently({ ...common, messages: repairMessages(wav, first.content, reading.problem) }, options);
  const repaired = readListenerAnswer(second.content);
  if ('heard' in repaired) return repaired.heard;
  throw answerInvalid(serverName(options.server.settings.url), `${repaired.problem}, also when asked once more`);
}
