import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { messageOf } from '../../kernel/index.js';

/** Behind the DAW, before nothing: 0 is ordinary, 19 the last. */
export const HOST_NICENESS = 10;
/** −1000 … 1000, 0 is ordinary: where memory runs out, the kernel takes a host before the DAW and before the daemon. */
export const HOST_OOM_SCORE = 600;

/**
 * Makes this process give way to others, all its threads: on Linux a priority is a thread's, and threads that come later inherit it.
 * Returns what could not be done, for the log.
 */
export function giveWay(): string[] {
  const problems: string[] = [];
  try {
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), HOST_NICENESS);
  } catch (error) {
    problems.push(`its priority stays ordinary: ${messageOf(error)}`);
  }
  try {
    writeFileSync('/proc/self/oom_score_adj', String(HOST_OOM_SCORE));
  } catch (error) {
    problems.push(`the kernel does not prefer it where memory runs out: ${messageOf(error)}`);
  }
  return problems;
}
