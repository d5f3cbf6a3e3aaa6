// npm run docs:reference
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { referenceDocuments } from './reference-documents.js';

for (const [path, content] of Object.entries(referenceDocuments())) {
  const file = join(findPackageRoot(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await format(content, { ...(await resolveConfig(file)), filepath: file }));
}
