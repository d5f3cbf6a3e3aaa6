import { writeCpp } from './cpp.js';
import { writeJsonSchema } from './json-schema.js';
import { buildModel } from './model.js';
import { writeReference } from './reference.js';

/** Everything that is generated from the message schemas: path in the repository → content. */
export function generateFiles(): ReadonlyMap<string, string> {
  const model = buildModel();
  return new Map([
    ['protocol/generated/messages.hpp', writeCpp(model)],
    ['protocol/generated/protocol.schema.json', writeJsonSchema(model)],
    ['docs/reference/protocol.md', writeReference(model)],
  ]);
}
