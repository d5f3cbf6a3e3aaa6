// npm run docs:reference: writes docs/reference/procedural-parameters.md from the built addon.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../../daemon/kernel/index.js';
import { PARAMETERS_DOCUMENT, parametersDocument } from './parameters-document.js';

writeFileSync(join(findPackageRoot(), PARAMETERS_DOCUMENT), await parametersDocument());
