// npm run histories:record
// Runs every built-in workflow and those of the campaigns, and writes what they did into the folder of this release.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageVersion } from '../../daemon/kernel/index.js';
import { HISTORIES, type RecordedHistory } from './recorded.js';
import { recordBuiltIn } from './record-built-in.js';
import { recordCampaign } from './record-campaign.js';

const folder = mkdtempSync(join(tmpdir(), 'grym-histories-'));
try {
  const recorded = new Map<string, RecordedHistory>([
    ...(await recordBuiltIn(join(folder, 'built-in'))),
    ...(await recordCampaign(join(folder, 'undisturbed'), false)),
    ...(await recordCampaign(join(folder, 'killed'), true)),
  ]);
  const target = join(HISTORIES, packageVersion());
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [name, history] of recorded) writeFileSync(join(target, `${name}.json`), `${JSON.stringify(history, null, 1)}\n`);
  console.log(`${recorded.size} histories of release ${packageVersion()}: ${[...recorded.keys()].join(', ')}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
