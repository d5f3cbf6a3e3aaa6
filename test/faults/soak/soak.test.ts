import { temporaryFolders } from '../../daemon/doubles/index.js';
import { soak } from './soak-campaign.js';

const folder = temporaryFolders();

// `npm run soak:workflows -- --runs N --seed S` runs as many as wanted.
test('workflows under random faults: each ends once with its result, and nothing grows', async () => {
  const report = await soak(folder(), { runs: 300, seed: 1 });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ runs: 300, lost: 0, doubled: 0, wrong: 0 });
  // That it was disturbed.
  expect(report.restarts).toBeGreaterThan(0);
  expect(report.cancels).toBeGreaterThan(0);
  expect(report.deadlines).toBeGreaterThan(0);
  expect(report.cacheHits).toBeGreaterThan(0);
}, 120_000);
