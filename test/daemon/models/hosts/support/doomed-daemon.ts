// A process with two hosts, one idle, one that computes and hears nothing. Prints their ids, and is killed by the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { startHosts, testCall, testModel, until } from './test-hosts.js';

const folder = mkdtempSync(join(tmpdir(), 'grym-test-'));
const { hosts } = startHosts();
await hosts.call(testModel('idle'), testCall('echo'));
const marker = join(folder, 'blocks');
void hosts.call(testModel('busy'), testCall('blockOnce', { marker, milliseconds: 60_000 }, { deadlineMs: 60_000 }));
await until('it blocks', () => existsSync(marker));
rmSync(folder, { recursive: true });
console.log(JSON.stringify(hosts.views().map(({ processId }) => processId)));
