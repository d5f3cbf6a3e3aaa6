import { killHosts } from './kill-campaign.js';

test('hosts that are killed while the small AudioLDM generates cost a retry or an error of the right kind, and leave nothing', async () => {
  const report = await killHosts(4, 20);
  expect(report.problems).toEqual([]);
  expect(report.kills).toBeGreaterThanOrEqual(4);
  expect(report.succeededByRetry + report.failedAsTransient + report.failedAsResting).toBeGreaterThan(0);
}, 240_000);
