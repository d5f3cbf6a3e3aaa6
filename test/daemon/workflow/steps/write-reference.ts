// npm run docs:reference
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import { stepsDocument } from './support/steps-document.js';

const file = join(findPackageRoot(), 'docs', 'reference', 'steps.md');
mkdirSync(dirname(file), { recursive: true });
const { steps } = await discoverSteps();
writeFileSync(file, await format(stepsDocument(steps), { ...(await resolveConfig(file)), filepath: file }));
