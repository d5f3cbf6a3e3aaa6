// npm run docs:reference
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { RECOVERY_DOCUMENT, recoveryDocument } from './recovery-document.js';

const file = join(findPackageRoot(), RECOVERY_DOCUMENT);
writeFileSync(file, await format(recoveryDocument(), { ...(await resolveConfig(file)), filepath: file }));
