import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import { modelIdSchema, MODEL_ROLES, RUNNER_KINDS, type KnownModel, type ModelLibrary, type ModelManifest } from '../models/index.js';
import { defineAction } from './define-action.js';
import { suggestion } from './did-you-mean.js';

const MODEL_STATES = ['installed', 'damaged', 'begun', 'not-installed'] as const;

const licenceSchema = z.strictObject({
  /** Empty where nobody named one. */
  name: z.string(),
  /** In one plain sentence; empty where it is not known here. */
  meaning: z.string(),
  address: z.string(),
});

const modelSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  help: z.string(),
  kind: z.enum(RUNNER_KINDS).nullable(),
  roles: z.array(z.enum(MODEL_ROLES)),
  /** `begun`: an interrupted pull has kept a part of it. `damaged`: its folder cannot be used. */
  state: z.enum(MODEL_STATES),
  licence: licenceSchema,
  makers: z.string(),
  /** On the disk; of one that is not installed: about so many. */
  bytes: z.number(),
  bytesAreApproximate: z.boolean(),
  /** Of a pull that was interrupted. */
  keptBytes: z.number(),
  /** While it is loaded, about. */
  memoryBytes: z.number(),
  /** Of its content; empty where it is not installed. */
  version: z.string(),
  /** Empty where it is not installed. */
  path: z.string(),
  /** What is wrong with it; empty where nothing is. */
  problem: z.string(),
  /** What installs it; empty where it is installed. */
  command: z.string(),
});
type ModelResult = z.output<typeof modelSchema>;

const anyModelParameter = modelIdSchema.describe('Name of a model, as list-models gives it');

function bytesOf({ files }: ModelManifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function licenceResult(models: ModelLibrary, known: KnownModel | undefined, stated: string): z.output<typeof licenceSchema> {
  const licence = known === undefined ? undefined : models.licenceOf(known);
  if (licence === undefined || (stated !== '' && stated !== licence.name)) return { name: stated, meaning: '', address: '' };
  return { name: licence.name, meaning: licence.meaning, address: licence.address };
}

function knownResult(models: ModelLibrary, known: KnownModel, problem: string): ModelResult {
  const keptBytes = models.kept().find(({ id }) => id === known.id)?.bytes ?? 0;
  const state = problem !== '' ? 'damaged' : keptBytes > 0 ? 'begun' : 'not-installed';
  const { id, title, help, kind, roles, makers, approximateBytes, memoryBytes } = known;
  return {
    ...{ id, title, help, kind, roles, state, makers, keptBytes, memoryBytes, problem },
    licence: licenceResult(models, known, ''),
    bytes: approximateBytes,
    bytesAreApproximate: true,
    version: '',
    path: '',
    command: models.installCommand(known),
  };
}

function installedResults(models: ModelLibrary): ModelResult[] {
  return models.store.list().flatMap((model) => {
    const manifest = models.manifest(model.id);
    if (manifest === null) return [];
    const known = models.known.find(({ id }) => id === model.id);
    const { id, title, kind, roles, memoryBytes, version, path, licence } = model;
    return {
      ...{ id, title, kind, roles: [...roles], memoryBytes, version, path },
      help: known?.help ?? '',
      makers: known?.makers ?? '',
      state: 'installed' as const,
      licence: licenceResult(models, known, licence),
      bytes: bytesOf(manifest),
      bytesAreApproximate: false,
      keptBytes: models.kept().find((part) => part.id === id)?.bytes ?? 0,
      problem: '',
      command: '',
    };
  });
}

function strangerResult(id: string, folder: string, problem: string): ModelResult {
  return {
    ...{ id, title: id, help: '', kind: null, roles: [], state: 'damaged', makers: '', version: '', path: folder, problem },
    licence: { name: '', meaning: '', address: '' },
    ...{ bytes: 0, bytesAreApproximate: true, keptBytes: 0, memoryBytes: 0, command: '' },
  };
}

function everyModel(models: ModelLibrary): ModelResult[] {
  models.store.refresh();
  const problems = new Map(models.problems().map((problem) => [problem.id, problem]));
  const installed = installedResults(models);
  const there = new Set(installed.map(({ id }) => id));
  const known = models.known
    .filter(({ id }) => !there.has(id))
    .map((model) => knownResult(models, model, problems.get(model.id)?.reason ?? ''));
  const strangers = [...problems.values()]
    .filter(({ id }) => !models.known.some((model) => model.id === id))
    .map(({ id, folder, reason }) => strangerResult(id, folder, reason));
  return [...installed, ...strangers, ...known];
}

function unknownModel(models: ModelLibrary, id: string): GrymError {
  const names = [...models.known.map((model) => model.id), ...models.store.list().map((model) => model.id)];
  return new GrymError('GRYM_MODEL_UNKNOWN', { model: id, suggestion: suggestion(id, names) });
}

function resultFor(models: ModelLibrary, id: string): ModelResult {
  const found = everyModel(models).find((model) => model.id === id);
  if (found === undefined) throw unknownModel(models, id);
  return found;
}

export const listModelsAction = defineAction({
  name: 'list-models',
  help: 'List the models: what is installed, what can be, with size, memory and licence',
  params: z.strictObject({
    installed: z.boolean().default(false).describe('Only those that are installed'),
  }),
  result: z.strictObject({ folder: z.string(), models: z.array(modelSchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ models }, { installed }) {
    return { folder: models.store.folder, models: everyModel(models).filter(({ state }) => !installed || state === 'installed') };
  },
});

export const pullModelAction = defineAction({
  name: 'pull-model',
  help: 'Fetch a model and install it; goes on where an interrupted one was left',
  params: z.strictObject({
    model: anyModelParameter.meta({ valuesFrom: 'known-models' }),
    acceptLicence: z
      .string()
      .max(100)
      .default('')
      .describe(
        'Name of the model’s licence, once you have read and accepted it, such as MIT; without it the licence is shown and nothing fetched',
      ),
    again: z.boolean().default(false).describe('Fetch it also where it is installed already, for a newer version'),
  }),
  result: z.strictObject({
    model: modelSchema,
    /** It was installed already, and nothing was fetched. */
    wasInstalled: z.boolean(),
    /** What came over the network now; the rest had been kept from an interrupted pull. */
    fetchedBytes: z.number(),
  }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['model'],
  async handler({ models }, { model: id, acceptLicence, again }, { signal, progress }) {
    const model = models.known.find((known) => known.id === id);
    if (model === undefined) throw unknownModel(models, id);
    const pulled = await models.pull(model, { acceptLicence, again }, { signal, progress });
    return { model: resultFor(models, id), wasInstalled: pulled === null, fetchedBytes: pulled?.fetchedBytes ?? 0 };
  },
});

export const addModelAction = defineAction({
  name: 'add-model',
  help: 'Install a model from a folder or a GGUF file on this computer',
  params: z.strictObject({
    path: z.string().min(1).max(4_000).describe('Folder of a model as docs/guides/models.md shows, or a GGUF file').meta({ isPath: true }),
    id: modelIdSchema.optional().describe('Name for it; else made from the name of the folder or file'),
    title: z.string().min(1).max(200).optional().describe('What lists call it'),
    licence: z.string().min(1).max(100).optional().describe('Its licence, where its files do not say'),
    link: z
      .boolean()
      .default(false)
      .describe('Hard links instead of copies: takes no space, but whoever changes the files there changes the model'),
  }),
  result: z.strictObject({
    model: modelSchema,
    /** Files that are no part of it and stay where they are. */
    leftOut: z.array(z.string()),
  }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['path'],
  async handler({ models }, request, { signal, progress }) {
    const { manifest, leftOut } = await models.add(request, { signal, progress });
    return { model: resultFor(models, manifest.id), leftOut: [...leftOut] };
  },
});

export const removeModelAction = defineAction({
  name: 'remove-model',
  help: 'Remove a model’s files, and what an interrupted pull has kept of it',
  params: z.strictObject({ model: anyModelParameter.meta({ valuesFrom: 'installed-models' }) }),
  result: z.strictObject({ model: z.string(), freedBytes: z.number() }),
  danger: 'destructive',
  performanceSafe: false,
  positional: ['model'],
  async handler({ models }, { model: id }, { signal }) {
    const { state, command, keptBytes } = resultFor(models, id);
    if (state === 'not-installed' && keptBytes === 0) throw new GrymError('GRYM_MODEL_NOT_INSTALLED', { model: id, command });
    return { model: id, freedBytes: await models.remove(id, signal) };
  },
});

const findingSchema = z.strictObject({
  state: z.enum(['works', 'damaged', 'fails', 'not-installed']),
  /** One sentence for each part that works. */
  works: z.array(z.string()),
  /** Of loading it and computing once. */
  milliseconds: z.number(),
  /** While it was loaded; 0 where that is not known. */
  residentBytes: z.number(),
  /** Empty where nothing is wrong. */
  problem: z.string(),
  /** What to do about it; of one that is not installed: what installs it. */
  remedy: z.string(),
});

export const checkModelsAction = defineAction({
  name: 'check-models',
  help: 'Check the files of the installed models, load each, run it once, and say what works; ask the servers that are configured',
  params: z.strictObject({
    model: anyModelParameter.optional().describe('Only this model').meta({ valuesFrom: 'installed-models' }),
  }),
  result: z.strictObject({
    /** False where something is installed or configured and does not work. */
    ok: z.boolean(),
    models: z.array(findingSchema.extend({ id: z.string(), title: z.string() })),
    servers: z.array(findingSchema.extend({ role: z.string(), address: z.string() })),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: ['model'],
  async handler({ models }, { model: only }, { signal, progress }) {
    const wanted = only === undefined ? everyModel(models) : [resultFor(models, only)];
    if (only !== undefined && wanted[0]?.state === 'not-installed') {
      throw new GrymError('GRYM_MODEL_NOT_INSTALLED', { model: only, command: wanted[0].command });
    }
    const servers = only === undefined ? models.servers : [];
    const parts = Math.max(1, wanted.filter(({ state }) => state === 'installed').length + servers.length);
    let done = 0;
    const part = (fraction: number, stage: string): void => progress((done + fraction) / parts, stage);
    const findings: (z.output<typeof findingSchema> & { id: string; title: string })[] = [];
    for (const model of wanted) {
      findings.push({ id: model.id, title: model.title, ...(await findingOf(models, model, { signal, progress: part })) });
      if (model.state === 'installed') done += 1;
    }
    const asked: (z.output<typeof findingSchema> & { role: string; address: string })[] = [];
    for (const server of servers) {
      part(0, `asking ${server.address}`);
      asked.push({ role: server.role, address: server.address, ...shown(await models.ask(server, signal)) });
      done += 1;
    }
    const ok = [...findings, ...asked].every(({ state }) => state === 'works' || state === 'not-installed');
    return { ok, models: findings, servers: asked };
  },
});

type Shown = z.output<typeof findingSchema>;

async function findingOf(models: ModelLibrary, model: ModelResult, watched: Parameters<ModelLibrary['examine']>[1]): Promise<Shown> {
  const nothing = { works: [], milliseconds: 0, residentBytes: 0 };
  if (model.state === 'damaged') {
    const remedy = model.command === '' ? `Remove it: grym models remove ${model.id}` : `Install it again: ${model.command}`;
    return { ...nothing, state: 'damaged', problem: model.problem, remedy };
  }
  const installed = models.store.list().find(({ id }) => id === model.id);
  if (installed === undefined) return { ...nothing, state: 'not-installed', problem: '', remedy: model.command };
  return shown(await models.examine(installed, watched));
}

function shown({ error, works, ...finding }: Awaited<ReturnType<ModelLibrary['examine']>>): Shown {
  return { ...finding, works: [...works], problem: error?.message ?? '', remedy: error?.remedy ?? '' };
}
