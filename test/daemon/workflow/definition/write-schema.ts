// npm run docs:reference
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { workflowJsonSchema } from '../../../../daemon/workflow/definition/index.js';

const file = join(findPackageRoot(), 'docs', 'reference', 'workflow.schema.json');
const { facts } = await discoverSteps();
writeFileSync(file, await format(JSON.stringify(workflowJsonSchema(facts)), { ...(await resolveConfig(file)), filepath: file }));
