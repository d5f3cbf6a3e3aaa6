import { setTimeout as wait } from 'node:timers/promises';
import { createLogger } from '../../../daemon/kernel/index.js';
import { EventLoopMonitor, type EventLoopView, type LoopDelay } from '../../../daemon/monitoring/index.js';
import { FIXTURE, generating, startFixtureHosts } from '../../faults/model-hosts/fixture-hosts.js';

export interface LoopDelayReport {
  /** Nothing happens in this process: what the machine itself costs. */
  readonly idle: LoopDelay;
  /** Two processes are started and load the model. */
  readonly starting: LoopDelay;
  /** Both generate, one clip after the other. */
  readonly generating: LoopDelay;
  readonly clips: number;
  /** Work of the daemon's own thread that took more than 20 ms. */
  readonly blocks: EventLoopView['blocks'];
}

const AUDIO = { seconds: 10, steps: 10 };

/** How late the event loop of this process is while two hosts generate ten seconds of stereo audio each, again and again. */
export async function measureLoopDelay(durationMs: number): Promise<LoopDelayReport> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const during = async <T>(work: (monitor: EventLoopMonitor) => Promise<T>): Promise<{ result: T; view: EventLoopView }> => {
    const monitor = new EventLoopMonitor({ logger });
    try {
      return { result: await work(monitor), view: monitor.eventLoop() };
    } finally {
      monitor.dispose();
    }
  };
  const idle = await during(() => wait(Math.min(durationMs, 2_000)));
  const blocks = new EventLoopMonitor({ logger });
  const { hosts } = startFixtureHosts({ monitor: blocks });
  const both = <T>(work: (seed: number) => Promise<T>): Promise<T[]> => Promise.all([1, 2].map(work));
  try {
    const starting = await during(() => both((seed) => hosts.call(FIXTURE, generating({ seconds: 1, steps: 1, seed }))));
    const endMs = performance.now() + durationMs;
    const generatingBoth = await during(() =>
      both(async (seed) => {
        let clips = 0;
        for (; clips === 0 || performance.now() < endMs; clips += 1)
          await hosts.call(FIXTURE, generating({ ...AUDIO, seed: seed + 2 * clips }));
        return clips;
      }),
    );
    return {
      ...{ idle: idle.view.sinceStart, starting: starting.view.sinceStart, generating: generatingBoth.view.sinceStart },
      clips: generatingBoth.result.reduce((sum, clips) => sum + clips, 0),
      blocks: blocks.eventLoop().blocks,
    };
  } finally {
    await hosts.dispose();
    blocks.dispose();
  }
}
