import { HubServer } from '../../../servers/hub-server.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { killPulls, killReplacements, TOTAL_BYTES } from './kill-trial.js';

// Few here; `npm run test:kill-models -- 50` kills as often as one likes.
const KILLS = 3;
/** What a hub has handed to the kernel when the reader dies, with room to spare. */
const LOST_BYTES = 1_000_000;

const folder = temporaryFolders();
let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

test('a pull that is killed at random moments leaves no half of a model, and the next goes on where it was', async () => {
  const trial = await killPulls(hub, folder(), KILLS);
  expect(trial).toMatchObject({ killed: KILLS, halfInstalled: [], installed: true });
  expect(trial.servedBytes).toBeLessThan(TOTAL_BYTES + LOST_BYTES);
}, 120_000);

test('killed while one version takes the place of another: one of the two is there, whole', async () => {
  const trial = await killReplacements(hub, folder(), KILLS);
  expect(trial).toMatchObject({ killed: KILLS, broken: [] });
  expect(trial.replaced).toBeGreaterThan(0);
}, 120_000);
