import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findPackageRoot } from '../../daemon/kernel/index.js';
import { PluginEnd } from './plugin-end.js';

const ADDON = join(findPackageRoot(), 'build', 'native', 'audio_path.node');
const plugin = new PluginEnd();
let name: string;

beforeAll(async () => {
  name = await plugin.create();
});
afterAll(() => plugin.quit());

/** Runs a script in a Node of its own; gives its exit code or signal. */
function nodeRuns(script: string): Promise<number | string | null> {
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, ADDON, SEGMENT: name, NODE_OPTIONS: '' },
    stdio: 'inherit',
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      resolve(signal ?? code);
    });
  });
}

const ATTACH = `
  const { AudioPath } = require(process.env.ADDON);
  const path = new AudioPath(() => path.takeEvents());
  const { id } = path.attach(process.env.SEGMENT);
  path.pushCommand(id, { kind: 1, slot: 0, when: 1, quantiseBars: 0, songQuarters: 0, frame: 0, value: 0, id: 1 });
`;

test('a process with nothing left to do ends, though a segment is attached', async () => {
  expect(await nodeRuns(ATTACH)).toBe(0);
});

test('process.exit() with an attached segment ends in order', async () => {
  void plugin.ask('events 1000');
  expect(await nodeRuns(`${ATTACH} setTimeout(() => process.exit(7), 60);`)).toBe(7);
});

test('disposing while announcements are under way ends in order', async () => {
  void plugin.ask('events 1000');
  expect(await nodeRuns(`${ATTACH} setTimeout(() => { path.dispose(); path.dispose(); }, 45);`)).toBe(0);
});

test('workers that are terminated with an attached segment leave the process well', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const body = ${JSON.stringify(`${ATTACH} require('node:worker_threads').parentPort.postMessage('attached'); setInterval(() => {}, 1000);`)};
    (async () => {
      for (let round = 0; round < 10; round += 1) {
        const worker = new Worker(body, { eval: true });
        await new Promise((resolve, reject) => { worker.on('message', resolve); worker.on('error', reject); });
        await worker.terminate();
      }
    })().catch((error) => { console.error(error); process.exit(1); });
  `;
  expect(await nodeRuns(script)).toBe(0);
});

test('misuse throws a JavaScript error and never ends the process', async () => {
  const script = `
    const { AudioPath, reapOrphans } = require(process.env.ADDON);
    const assert = require('node:assert');
    assert.throws(() => new AudioPath(), TypeError);
    assert.throws(() => AudioPath(() => {}), TypeError);
    const path = new AudioPath(() => {});
    for (const name of [undefined, null, 5, '', '/etc/passwd', '/grym-' + '0'.repeat(5000)]) assert.throws(() => path.attach(name));
    assert.throws(() => path.pushCommand(1, null), TypeError);
    assert.throws(() => path.pushCommand(1, {}), TypeError);
    assert.throws(() => path.status(-1), TypeError);
    assert.throws(() => path.status(1.5), TypeError);
    assert.equal(path.status(12345), null);
    assert.throws(() => path.readCapture(1, 0, 1e9), RangeError);
    assert.throws(() => reapOrphans(), TypeError);
    path.detach(999);
    path.dispose();
    assert.throws(() => path.attach(process.env.SEGMENT), /disposed/);
  `;
  expect(await nodeRuns(script)).toBe(0);
});
