// Writes version after version of one document, and says so after each, until it is killed.
import { z } from 'zod';
import { DocumentStore } from '../../../daemon/storage/index.js';

const [folder = '', count = '10'] = process.argv.slice(2);
const schema = z.strictObject({ version: z.int(), padding: z.string() });
const documents = new DocumentStore({
  folder,
  schema,
  onProblem: ({ file, reason }) => process.stdout.write(`problem ${file}: ${reason}\n`),
});
const document = documents.open('one');
const first = (document.data?.version ?? 0) + 1;
process.stdout.write(`found ${first - 1}\n`);
for (let version = first; version < first + Number(count); version += 1) {
  const data = { version, padding: 'x'.repeat(20_000) };
  await (version % 5 === 0 ? document.seal(data) : document.write(data));
  process.stdout.write(`written ${version}\n`);
}
