import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, readWorkflow } from '../../../../daemon/workflow/definition/index.js';
import { FUNCTIONS, MACROS, nameOfFunction } from '../../../../daemon/workflow/definition/expressions/functions.js';
import { LIMITS, STEP_FORMS, documentForm, inputForm, overForm } from '../../../../daemon/workflow/definition/reader/document-schema.js';

const document = readFileSync(join(findPackageRoot(), 'docs', 'reference', 'workflow-format.md'), 'utf8');
const examples = [...document.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const { facts } = await discoverSteps();
const library = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, facts);

describe('docs/reference/workflow-format.md', () => {
  test('has examples of every kind of step', () => {
    for (const kind of Object.keys(STEP_FORMS)) expect(examples.some((text) => text.includes(`    ${kind}:`))).toBe(true);
  });

  test.each(examples.map((text) => [/workflow: (.*)/.exec(text)?.[1], text] as const))('the example %s has no mistake', (name, text) => {
    expect(readWorkflow(text, `${name}.yaml`, library.facts).mistakes).toEqual([]);
  });

  test('names every key, function and bound', () => {
    const keys = [documentForm, inputForm, overForm, STEP_FORMS.use].flatMap((form) => Object.keys(form.shape));
    const names = [...keys, ...FUNCTIONS.map(nameOfFunction), ...MACROS];
    expect(names.filter((name) => !new RegExp(`[\`., ]${name}\\b`).test(document))).toEqual([]);
    expect(document).toContain(`${LIMITS.activations.toLocaleString('en')} steps`);
    expect(document).toContain(`${LIMITS.depth} levels of blocks`);
  });
});
