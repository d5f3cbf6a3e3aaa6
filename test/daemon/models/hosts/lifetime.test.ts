import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, endHosts, isAlive, startHosts, testCall, testModel, until } from './support/test-hosts.js';

const here = dirname(fileURLToPath(import.meta.url));
// Of this file's hosts: other files may run in the same process, and what a test of theirs has given up may still be there.
let before: number[] = [];
const ourChildren = (): number[] => childrenOf(process.pid).filter((id) => !before.includes(id));
beforeEach(() => void (before = childrenOf(process.pid)));
afterEach(endHosts);

const sharedDescriptors = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('grym-model');
    } catch {
      return false;
    }
  }).length;
const sharedMappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('grym-model').length - 1;

test('dispose ends all processes, busy and idle, and leaves no memory and no lease', async () => {
  const [descriptors, mappings] = [sharedDescriptors(), sharedMappings()];
  const { hosts, ledger } = startHosts();
  await hosts.call(testModel('idle'), testCall('echo'));
  const busy = hosts.call(testModel('busy'), testCall('steps', { count: 1_000, milliseconds: 10 }));
  await until('it is busy', () => hosts.views().some(({ state }) => state === 'busy'));
  expect([sharedDescriptors() - descriptors, sharedMappings() - mappings]).toEqual([4, 4]);
  const refused = expect(busy).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  await hosts.dispose();
  await refused;
  expect(ourChildren()).toEqual([]);
  await until('the memory is unmapped', () => sharedMappings() === mappings);
  expect(sharedDescriptors()).toBe(descriptors);
  expect(ledger.usage().leases).toBe(0);
  await expect(hosts.call(testModel(), testCall('echo'))).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
});

test('a process that is in the middle of being started is ended too', async () => {
  const { hosts } = startHosts();
  const refused = expect(hosts.call(testModel(), testCall('echo'))).rejects.toMatchObject({ code: 'GRYM_SHUTTING_DOWN' });
  await until('it is started', () => ourChildren().length === 1);
  await hosts.dispose();
  await refused;
  expect(ourChildren()).toEqual([]);
});

test('a model may put itself away; one that does not come to an end is killed a second later', async () => {
  const { hosts, log } = startHosts();
  await hosts.call(testModel('a', '/tells-its-end'), testCall('echo'));
  await hosts.call(testModel('b', '/hangs-at-the-end'), testCall('echo'));
  await hosts.dispose();
  await until('its last words are logged', () => log.some((line) => line.includes('put away')));
  expect(ourChildren()).toEqual([]);
});

test('a daemon that is killed leaves no process, also none that computes', async () => {
  const daemon = spawn(process.execPath, ['--import', 'tsx', join(here, 'support/doomed-daemon.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(daemon.stdout, 'data')) as [Buffer];
  const hosts = JSON.parse(line.toString()) as number[];
  expect(hosts).toHaveLength(2);
  expect(hosts.every(isAlive)).toBe(true);
  daemon.kill('SIGKILL');
  await until('all hosts are gone', () => !hosts.some(isAlive), 2_000);
});
