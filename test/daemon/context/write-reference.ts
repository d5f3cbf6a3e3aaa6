// npm run docs:reference
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { CONTEXT_DOCUMENT, contextDocument } from './context-document.js';

const file = join(findPackageRoot(), CONTEXT_DOCUMENT);
writeFileSync(file, await format(contextDocument(), { ...(await resolveConfig(file)), filepath: file }));
