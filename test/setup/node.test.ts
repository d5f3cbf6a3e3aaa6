import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHeaders, headerVersion, missingHeadersMessage } from '../../scripts/setup/node-headers.mjs';
import { inProject } from '../../scripts/setup/project.mjs';
import { nodeProblem } from '../../scripts/setup/require-node.mjs';

describe('the version of Node', () => {
  it.each(['20.19.0', '20.20.2', '22.13.0', '24.0.0', '24.21.0'])('%s is taken', (version) => {
    expect(nodeProblem(version, '/bin/node')).toBeNull();
  });

  it.each(['12.22.0', '18.20.8', '20.11.0', '21.7.0', '22.12.0', '23.1.0', '26.0.0'])('%s gets one sentence that names it', (version) => {
    const problem = nodeProblem(version, '/bin/node');
    expect(problem).toContain(`this is Node ${version} (/bin/node)`);
    expect(problem?.split('\n')).toHaveLength(1);
  });

  it('is stated alike in package.json', () => {
    const { engines } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { engines: { node: string } };
    expect(engines.node).toBe('^20.19.0 || ^22.13.0 || ^24.0.0');
  });
});

describe("Node's headers", () => {
  let folder: string;
  const withHeaders = (name: string, version: string) => {
    const [major, minor, patch] = version.split('.');
    mkdirSync(join(folder, name, 'include', 'node'), { recursive: true });
    const text = `#define NODE_MAJOR_VERSION ${major}\n#define NODE_MINOR_VERSION ${minor}\n#define NODE_PATCH_VERSION ${patch}\n`;
    writeFileSync(join(folder, name, 'include', 'node', 'node_version.h'), text);
    return join(folder, name);
  };
  const find = (setting: string | undefined) =>
    findHeaders({ setting, execPath: join(folder, 'prefix', 'bin', 'node'), version: '22.13.1', cache: join(folder, 'cache') });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-headers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("come from npm's nodedir setting, then Node's prefix, then what node-gyp fetched, and only in the very version", () => {
    expect(find(undefined)).toBeNull();
    const cached = withHeaders('cache/22.13.1', '22.13.1');
    expect(headerVersion(cached)).toBe('22.13.1');
    expect(find(undefined)).toBe(cached);
    const prefix = withHeaders('prefix', '22.13.0');
    expect(find(undefined)).toBe(cached);
    withHeaders('prefix', '22.13.1');
    expect(find(undefined)).toBe(prefix);
    const setting = withHeaders('setting', '22.13.1');
    expect(find(setting)).toBe(setting);
    expect(find(join(folder, 'nowhere'))).toBe(prefix);
  });

  it('that are nowhere get a sentence that says where they were looked for and what to do', () => {
    const message = missingHeadersMessage({ execPath: '/opt/node/bin/node', version: '22.13.1' });
    expect(message).toContain('/opt/node/include/node');
    expect(message).toContain('npm config set nodedir');
  });
});
