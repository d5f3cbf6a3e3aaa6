import { BLOCK_LIMIT_MS } from '../../../daemon/monitoring/index.js';
import { measureLoopDelay } from './loop-delay.js';

test('while two hosts generate, the event loop of the daemon is late by at most 20 ms in 99 of 100 turns', async () => {
  const { idle, generating, clips } = await measureLoopDelay(1_500);
  expect(clips).toBeGreaterThanOrEqual(2);
  // What the machine costs while nothing happens (other tests run beside this one) is not the hosts' doing.
  expect(generating.p99Ms).toBeLessThanOrEqual(BLOCK_LIMIT_MS + idle.p99Ms);
}, 240_000);
