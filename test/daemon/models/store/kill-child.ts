// Installs models until it is killed: `pull` fetches one once, `replace` exchanges two versions of one again and again.
import { ACCEPTED, MINI, openLibrary, watched } from './support/workbench.js';

const [mode = '', folder = '', source = '', ...commits] = process.argv.slice(2);
const { library } = await openLibrary(folder, source);
process.stdout.write('begun\n');
if (mode === 'pull') {
  await library.pull(MINI, ACCEPTED, watched());
  process.stdout.write('installed\n');
}
for (let turn = 0; mode === 'replace'; turn += 1) {
  const revision = commits[turn % commits.length] ?? '';
  const model = { ...MINI, source: { ...MINI.source, revision } } as typeof MINI;
  await library.pull(model, { ...ACCEPTED, again: true }, watched());
  process.stdout.write(`installed ${revision}\n`);
}
