import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failpoint, FAILPOINTS, findPackageRoot } from '../../../daemon/kernel/index.js';
import { thrownBy } from '../doubles/thrown-by.js';

afterEach(() => delete process.env['GRYM_FAILPOINTS']);

test('every failpoint is in the source, once', () => {
  const daemon = join(findPackageRoot(), 'daemon');
  const files = readdirSync(daemon, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const text = files.map((file) => readFileSync(join(daemon, file), 'utf8')).join('\n');
  const used = [...text.matchAll(/failpoint\('([a-z.]+)'\)/g)].map(([, name]) => name);
  expect(used.sort()).toEqual([...FAILPOINTS].sort());
});

test('nothing happens unless it is asked for', () => {
  for (const name of FAILPOINTS) failpoint(name);
});

test('throws as the system would, at every pass or at one', () => {
  process.env['GRYM_FAILPOINTS'] = 'blob.writing=ENOSPC,blob.written=EIO@2';
  expect(thrownBy(() => failpoint('blob.writing'))).toMatchObject({ code: 'ENOSPC' });
  expect(thrownBy(() => failpoint('blob.writing'))).toMatchObject({ code: 'ENOSPC' });
  failpoint('blob.written');
  expect(thrownBy(() => failpoint('blob.written'))).toMatchObject({ code: 'EIO' });
  failpoint('blob.written');
  failpoint('run.accepted');
});

test.each(['nonsense=kill', 'run.accepted', 'run.accepted=explode'])('"%s" is refused', (text) => {
  process.env['GRYM_FAILPOINTS'] = text;
  expect(() => failpoint('run.accepted')).toThrow('GRYM_FAILPOINTS');
});
