import { z } from 'zod';
import { facts, table } from '../table.js';
import { duration, number, shortened } from './format.js';

const modelView = z.object({
  id: z.string(),
  title: z.string(),
  help: z.string(),
  roles: z.array(z.string()),
  state: z.string(),
  licence: z.object({ name: z.string(), meaning: z.string(), address: z.string() }),
  makers: z.string(),
  bytes: z.number(),
  bytesAreApproximate: z.boolean(),
  keptBytes: z.number(),
  memoryBytes: z.number(),
  path: z.string(),
  problem: z.string(),
  command: z.string(),
});
type ModelView = z.infer<typeof modelView>;

const BYTES_IN_MEGABYTE = 1_000_000;
const BYTES_IN_GIGABYTE = 1_000_000_000;

function size(bytes: number): string {
  if (bytes <= 0) return '-';
  if (bytes < BYTES_IN_MEGABYTE) return `${Math.ceil(bytes / 1_000)} kB`;
  if (bytes < BYTES_IN_GIGABYTE) return `${number(bytes / BYTES_IN_MEGABYTE)} MB`;
  return `${number(bytes / BYTES_IN_GIGABYTE)} GB`;
}

function stateText({ state, keptBytes }: ModelView): string {
  if (state === 'begun') return `begun (${size(keptBytes)})`;
  return state === 'not-installed' ? 'can be' : state;
}

export function presentModels(result: unknown): string {
  const { folder, models } = z.object({ folder: z.string(), models: z.array(modelView) }).parse(result);
  const rows = models.map((model) => [
    model.id,
    model.roles.join(', ') || '-',
    stateText(model),
    `${model.bytesAreApproximate && model.bytes > 0 ? '~' : ''}${size(model.bytes)}`,
    model.memoryBytes > 0 ? `~${size(model.memoryBytes)}` : '-',
    model.licence.name || '-',
    shortened(model.help || model.title, 80),
  ]);
  const troubles = models.flatMap(({ id, problem, command }) => {
    if (problem === '') return [];
    return [`\n${id}: ${problem}\n  ${command === '' ? `Remove it: grym models remove ${id}` : `Install it again: ${command}`}\n`];
  });
  const head = table(['MODEL', 'FOR', 'INSTALLED', 'SIZE', 'MEMORY', 'LICENCE', 'WHAT'], rows);
  return `${head}${troubles.join('')}\nIn ${folder}; grym models pull <model> installs one, grym models doctor tries those that are there.\n`;
}

function oneModel(model: ModelView): string {
  const { title, id, roles, bytes, memoryBytes, licence, path } = model;
  return facts([
    ['model', `${title} (${id})`],
    ['for', roles.join(', ')],
    ['size', `${size(bytes)}; about ${size(memoryBytes)} of memory while it is loaded`],
    [
      'licence',
      licence.name === '' ? 'not stated' : [licence.name, licence.meaning, licence.address].filter((part) => part !== '').join('. '),
    ],
    ['in', path],
  ]);
}

export function presentPulled(result: unknown): string {
  const { model, wasInstalled, fetchedBytes } = z
    .object({ model: modelView, wasInstalled: z.boolean(), fetchedBytes: z.number() })
    .parse(result);
  const how = wasInstalled
    ? `${model.id} is installed already (--again fetches it anew).\n`
    : `${size(fetchedBytes)} fetched, every file checked.\n`;
  return `${oneModel(model)}${how}Try it: grym models doctor ${model.id}\n`;
}

export function presentAdded(result: unknown): string {
  const { model, leftOut } = z.object({ model: modelView, leftOut: z.array(z.string()) }).parse(result);
  const rest = leftOut.length === 0 ? '' : `Left where they are, being no part of it: ${shortened(leftOut.join(', '), 300)}\n`;
  return `${oneModel(model)}${rest}Try it: grym models doctor ${model.id}\n`;
}

export function presentRemoved(result: unknown): string {
  const { model, freedBytes } = z.object({ model: z.string(), freedBytes: z.number() }).parse(result);
  return `${model} is removed; ${freedBytes > 0 ? `${size(freedBytes)} are free again` : 'it took no space'}.\n`;
}

const findingView = z.object({
  state: z.string(),
  works: z.array(z.string()),
  milliseconds: z.number(),
  residentBytes: z.number(),
  problem: z.string(),
  remedy: z.string(),
});

function findingText(name: string, { state, works, milliseconds, residentBytes, problem, remedy }: z.infer<typeof findingView>): string {
  if (state === 'works') {
    const memory = residentBytes > 0 ? `, ${size(residentBytes)} of memory` : '';
    return `${name}: works (${duration(milliseconds)}${memory})\n${works.map((line) => `  ${line}\n`).join('')}`;
  }
  if (state === 'not-installed') return `${name}: not installed\n  ${remedy}\n`;
  return `${name}: ${state === 'damaged' ? 'damaged' : 'does not work'}\n  ${problem}\n  ${remedy}\n`;
}

export function presentCheck(result: unknown): string {
  const { ok, models, servers } = z
    .object({
      ok: z.boolean(),
      models: z.array(findingView.extend({ id: z.string() })),
      servers: z.array(findingView.extend({ role: z.string(), address: z.string() })),
    })
    .parse(result);
  const order = (state: string): number => (state === 'not-installed' ? 1 : 0);
  const lines = [
    ...[...models].sort((a, b) => order(a.state) - order(b.state)).map((finding) => findingText(finding.id, finding)),
    ...servers.map((finding) => findingText(`${finding.role} at ${finding.address}`, finding)),
  ];
  const tried = [...models, ...servers].filter(({ state }) => state !== 'not-installed').length;
  if (tried === 0) return `${lines.join('')}\nNothing is installed yet; what is built in works without.\n`;
  return `${lines.join('')}\n${ok ? 'All that is installed works.' : 'Not all that is installed works.'}\n`;
}
