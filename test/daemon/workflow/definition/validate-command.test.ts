import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInWorkflowFolder } from '../../../../daemon/workflow/definition/index.js';
import { EXIT_CODES, runCommandLine } from '../../../../daemon/surfaces/cli/index.js';

const folder = mkdtempSync(join(tmpdir(), 'grym-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function grym(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const said = { out: '', notes: '' };
  const terminal = {
    out: (text: string) => void (said.out += text),
    note: (text: string) => void (said.notes += text),
    live: false,
    columns: 100,
  };
  const environment = { HOME: folder, GRYM_RUNTIME_DIR: join(folder, 'no-daemon-here') };
  const signal = new AbortController().signal;
  const code = await runCommandLine(args, { environment, terminal, signal, startDaemon: async () => 1 });
  return { code, ...said };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const GOOD = 'workflow: good\nversion: 1\ntitle: Good\nsteps:\n  - id: a\n    use: analyse\n    with: { clip: abcd }\n';

describe('grym workflow validate', () => {
  test('prints place, message, line and mark, and ends as wrong usage does; no daemon is needed', async () => {
    const path = file('bad.yaml', GOOD.replace('good', 'bad').replace('analyse', 'analys'));
    const { code, out, notes } = await grym('workflow', 'validate', path);
    expect(code).toBe(EXIT_CODES.badUsage);
    expect(notes).toBe('');
    const [place, line, mark] = out.split('\n');
    expect(place).toMatch(
      /bad\.yaml:6:10: steps\.a\.use: There is no step "analys" in the catalogue: expected one of .* Did you mean "analyse"\?$/,
    );
    expect(line).toBe('  6 |     use: analys');
    expect(mark).toBe('    |          ^^^^^^');
  });

  test('says of a valid file how large a run of it can be', async () => {
    const path = file('good.yaml', GOOD);
    expect(await grym('workflow', 'validate', path)).toEqual({
      code: EXIT_CODES.ok,
      out: `${path}: good is valid (at most 1 step in a run)\n`,
      notes: '',
    });
  });

  test('--json gives every mistake of every file as data', async () => {
    const paths = [file('good.yaml', GOOD), file('two.yaml', GOOD.replace('good', 'two').replace('abcd', '7, x: 1'))];
    const { code, out } = await grym('workflow', 'validate', ...paths, '--json');
    expect(code).toBe(EXIT_CODES.badUsage);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      files: [
        { file: paths[0], valid: true, mistakes: [] },
        {
          file: paths[1],
          valid: false,
          mistakes: [
            { line: 7, column: 19, expected: 'text' },
            { line: 7, column: 22, got: 'x' },
          ],
        },
      ],
    });
  });

  test('files that use each other are seen together', async () => {
    const user = 'workflow: user\nversion: 1\ntitle: User\nsteps:\n  - id: a\n    workflow: good\n';
    const { code, out } = await grym('workflow', 'validate', file('user.yaml', user), file('good.yaml', GOOD));
    expect([code, out]).toEqual([EXIT_CODES.ok, expect.stringContaining('user is valid')]);
  });

  test('takes the built-in files under their own names', async () => {
    expect(await grym('workflow', 'validate', join(builtInWorkflowFolder(), 'generate.yaml'))).toMatchObject({ code: EXIT_CODES.ok });
  });

  test('a file that is not there is named', async () => {
    const { code, notes } = await grym('workflow', 'validate', join(folder, 'not-there.yaml'));
    expect(code).not.toBe(EXIT_CODES.ok);
    expect(notes).toContain('not-there.yaml cannot be read');
  });
});

test('grym workflow schema prints the JSON Schema', async () => {
  const { code, out } = await grym('workflow', 'schema');
  expect(code).toBe(EXIT_CODES.ok);
  expect(JSON.parse(out)).toMatchObject({ $schema: expect.stringContaining('2020-12') as string, properties: { workflow: {} } });
});
