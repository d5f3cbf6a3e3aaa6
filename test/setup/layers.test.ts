import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inProject } from '../../scripts/setup/project.mjs';

describe('the layers check', () => {
  let folder: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const check = () => {
    const program = inProject('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const { status, stdout } = spawnSync(process.execPath, [program, '--output-type', 'err-long', 'daemon', 'protocol'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { passed: status === 0, report: stdout };
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'grym-layers-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) cpSync(inProject(file), join(folder, file));
    symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
    write('protocol/index.ts', 'export const version = 1;\n');
    write('daemon/kernel/index.ts', "export { version } from '../../protocol/index.js';\n");
    write('daemon/kernel/clock.ts', 'export const now = 1;\n');
    write('daemon/storage/index.ts', "export { version } from '../kernel/index.js';\nimport 'lowdb';\n");
    write('daemon/surfaces/http/index.ts', "export { version } from '../../storage/index.js';\nimport 'fastify';\n");
    write('daemon/main.ts', "import './surfaces/http/index.js';\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('passes imports from lower lines to higher ones, by the doors', () => {
    expect(check()).toEqual({ passed: true, report: expect.stringContaining('no dependency violations') as string });
  });

  describe('finds, and says what to do', () => {
    const VIOLATIONS = [
      ['an import of a higher layer', 'daemon/kernel/upwards.ts', "import '../storage/index.js';\n", 'layer-kernel', 'Move the code down'],
      ['an import past the door', 'daemon/storage/past-the-door.ts', "import '../kernel/clock.js';\n", 'door-kernel', 'only door'],
      ['a transport outside the surfaces', 'daemon/storage/transport.ts', "import 'ws';\n", 'package-home-surfaces', 'put the code into'],
      [
        'a database outside the storage',
        'daemon/surfaces/database.ts',
        "import 'better-sqlite3';\n",
        'package-home-storage',
        'add a store',
      ],
      [
        'an inference engine outside the models',
        'daemon/kernel/engine.ts',
        "import 'onnxruntime-node';\n",
        'package-home-models',
        'add a provider',
      ],
      [
        'an import of the composition root',
        'daemon/surfaces/root.ts',
        "import '../main.js';\n",
        'main-is-the-root',
        'Export what is needed',
      ],
      ['a circle', 'protocol/circle.ts', "import './circle-too.js';\n", 'no-cycles', 'third file'],
      ['an import that leads nowhere', 'daemon/kernel/lost.ts', "import './nowhere.js';\n", 'unresolvable', 'leads nowhere'],
      ['a development package', 'daemon/kernel/tools.ts', "import 'fast-check';\n", 'development-package', 'install it as a dependency'],
    ] as const;
    let report: string;

    beforeAll(() => {
      write('protocol/circle-too.ts', "import './circle.js';\n");
      for (const [, file, text] of VIOLATIONS) write(file, text);
      const result = check();
      expect(result.passed).toBe(false);
      report = result.report.replaceAll(/\s+/g, ' ');
    });

    it.each(VIOLATIONS)('%s', (_what, file, _text, rule, advice) => {
      const found = report.split(' error ').filter((entry) => entry.startsWith(`${rule}: `) && entry.includes(file));
      expect(found.length).toBeGreaterThan(0);
      expect(found.join(' ')).toContain(advice);
    });
  });
});
