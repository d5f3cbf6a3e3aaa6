import { FAILPOINTS } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../daemon/doubles/index.js';
import { killMany } from './crash-campaign.js';

const folder = temporaryFolders();

// `npm run test:crash -- --seed N --kills K` kills more often.
test('killed at every failpoint and at random, workflows of every kind end as if nothing had happened', async () => {
  expect(FAILPOINTS.length).toBeGreaterThanOrEqual(20);
  const report = await killMany(folder(), { seed: 1, kills: 15, failpoints: FAILPOINTS });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({
    kills: 15,
    killsAtFailpoints: FAILPOINTS.length,
    lost: 0,
    doubled: 0,
    ranAgain: 0,
    different: 0,
    damaged: 0,
  });
  // That there was something to lose.
  expect(report.resumptions).toBeGreaterThan(50);
  expect(report.ended).toMatchObject({ done: expect.any(Number), failed: expect.any(Number), cancelled: expect.any(Number) });
}, 300_000);
