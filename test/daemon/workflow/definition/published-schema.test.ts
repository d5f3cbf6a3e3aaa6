import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, workflowJsonSchema } from '../../../../daemon/workflow/definition/index.js';
import { withSteps } from './support/catalogue.js';

const { facts } = await discoverSteps();
const schema = workflowJsonSchema(facts);
const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

describe('the published JSON Schema of workflows', () => {
  test('docs/reference/workflow.schema.json is of the steps there are (npm run docs:reference writes it)', () => {
    const file = readFileSync(join(findPackageRoot(), 'docs', 'reference', 'workflow.schema.json'), 'utf8');
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  test('takes every built-in workflow', () => {
    const { entries } = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, facts);
    for (const { name, text } of entries) {
      accepts(parse(text));
      expect([name, accepts.errors]).toEqual([name, null]);
    }
  });

  test.each([
    ['an unknown step', '  - id: a\n    use: analys\n    with: { clip: abcd }'],
    ['an unknown parameter', '  - id: a\n    use: analyse\n    with: { clip: abcd, bars: 3 }'],
    ['a missing parameter', '  - id: a\n    use: analyse'],
    ['a parameter beyond its bounds', '  - id: a\n    use: vary\n    with: { clip: abcd, seed: 1, strength: 3 }'],
    [
      'an unknown key deep inside',
      "  - id: a\n    repeat: { atMost: 2, until: '${ true }' }\n    steps:\n      - id: b\n        use: tag\n        wen: x",
    ],
    ['a loop without a bound', "  - id: a\n    repeat: { until: '${ true }' }\n    steps:\n      - id: b\n        use: select-clips"],
    ['an empty list of steps', '  - id: a\n    parallel: { times: 2 }\n    steps: []'],
    ['a step without a kind', '  - id: a'],
  ])('refuses %s', (_what, steps) => {
    expect(accepts(parse(withSteps(steps)))).toBe(false);
  });

  test('knows each step with its help and its parameters with theirs', () => {
    const text = JSON.stringify(schema);
    for (const { name, help } of facts) {
      expect(text).toContain(JSON.stringify({ const: name, description: help }));
    }
    const described = facts.flatMap(({ input }) =>
      Object.values((input?.['properties'] ?? {}) as Record<string, { description?: string }>),
    );
    for (const { description } of described) expect(text).toContain(JSON.stringify(description));
  });

  test('takes an expression in the place of any parameter', () => {
    const takesExpressions = parse(
      withSteps("  - id: a\n    use: vary\n    with: { clip: '${ run.bridge }', seed: '${ run.seed }', strength: '${ 1 / 2 }' }"),
    ) as unknown;
    expect(accepts(takesExpressions)).toBe(true);
  });
});
