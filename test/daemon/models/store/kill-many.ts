// npm run test:kill-models [-- COUNT]: kills pulls and replacements at random moments, and tells what was left.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubServer } from '../../../servers/hub-server.js';
import { killPulls, killReplacements, TOTAL_BYTES } from './kill-trial.js';

const count = Number(process.argv[2] ?? '50');
const folder = mkdtempSync(join(tmpdir(), 'grym-kill-models-'));
const hub = await HubServer.start();
try {
  const pulls = await killPulls(hub, join(folder, 'pulls'), count);
  process.stdout.write(
    `${pulls.killed} pulls killed: ${pulls.halfInstalled.length} half-installed, ${pulls.installed ? 'installed in the end' : 'NOT INSTALLED in the end'}, ` +
      `${pulls.servedBytes} bytes served of a model of ${TOTAL_BYTES}\n`,
  );
  const replacements = await killReplacements(hub, join(folder, 'replacements'), count);
  process.stdout.write(`${replacements.killed} of ${replacements.replaced} replacements killed: ${replacements.broken.length} broken\n`);
  for (const line of replacements.broken) process.stdout.write(`  ${line}\n`);
  process.exitCode = pulls.installed && pulls.halfInstalled.length + replacements.broken.length === 0 ? 0 : 1;
} finally {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
}
