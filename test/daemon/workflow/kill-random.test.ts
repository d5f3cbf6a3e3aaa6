import { temporaryFolders } from '../doubles/index.js';
import { killAtRandom } from './random-kills.js';

const folder = temporaryFolders();

// `npm run test:kill -- --kills N --seed S` runs more of them.
test('killed at random moments, nothing is lost, nothing doubled, every run ends', async () => {
  const report = await killAtRandom(folder(), 12, 1);
  expect(report.problems).toEqual([]);
  expect(report.accepted).toBeGreaterThan(20);
}, 300_000);
