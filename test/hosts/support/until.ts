import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is not null; rejects at the deadline with what was waited for. */
export async function until<T>(what: string, deadlineMs: number, ask: () => Promise<T | null> | T | null): Promise<T> {
  for (const end = Date.now() + deadlineMs; ; await delay(25)) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
  }
}
