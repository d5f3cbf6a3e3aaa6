import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../protocol/generator/comments.js';
import { writeGoldenVectors } from '../../protocol/generator/golden-vectors.js';
import { generateFiles } from '../../protocol/generator/index.js';

test.each([...generateFiles(), ...writeGoldenVectors()])('%s is what the schemas say', (name, content) => {
  // Not toBe on the whole: a diff of a thousand lines tells less than the command that mends it.
  const upToDate = readFileSync(join(packageRoot(), name), 'utf8') === content;
  expect({ upToDate, otherwise: 'npm run generate -- --golden' }).toMatchObject({ upToDate: true });
});
