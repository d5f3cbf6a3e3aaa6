// npm run docs:reference
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { actionsDocument } from './actions-document.js';

const file = join(findPackageRoot(), 'docs', 'reference', 'actions.md');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, await format(actionsDocument(), { ...(await resolveConfig(file)), filepath: file }));
